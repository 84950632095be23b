"""SEC-10: what an ONNX file may hold, found by our own walk and not by a library's."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import AttributeProto, SparseTensorProto, TensorProto, helper, numpy_helper

from segmentation.errors import Refusal
from segmentation.models.onnx_walk import check_model
from tests.segmentation.models.tiny import SIZES, model_of, pointwise

GOOD = pointwise(226)


def outside():
    """A tensor that lies in another file."""
    tensor = TensorProto(name="w", dims=[1], data_type=TensorProto.FLOAT)
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../secret"
    return tensor


def undeclared():
    """The same with a location that says it lies here: libraries looked at that alone."""
    tensor = outside()
    tensor.data_location = TensorProto.DEFAULT
    return tensor


def constant(tensor):
    return helper.make_node("Constant", [], ["c"], value=tensor)


def with_initialiser(tensor):
    node = helper.make_node("Mul", ["x", "w"], ["y"])
    value = [helper.make_tensor_value_info("x", TensorProto.FLOAT, SIZES)]
    out = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    return helper.make_model(helper.make_graph([node], "g", value, out, [tensor]))


def with_branch(tensor):
    out = [helper.make_tensor_value_info("c", TensorProto.FLOAT, None)]
    branch = helper.make_graph([constant(tensor)], "b", [], out)
    node = helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch)
    return helper.make_model(helper.make_graph([node], "g", [], []))


def with_function(tensor):
    opset = [helper.make_opsetid("", 17)]
    function = helper.make_function("own", "F", [], ["c"], [constant(tensor)], opset)
    node = helper.make_node("F", [], ["y"], domain="own")
    return helper.make_model(helper.make_graph([node], "g", [], []), functions=[function])


def with_list(tensor):
    node = helper.make_node("Identity", ["x"], ["y"])
    node.attribute.append(AttributeProto(name="t", type=AttributeProto.TENSORS, tensors=[tensor]))
    return helper.make_model(helper.make_graph([node], "g", [], []))


def with_node(tensor):
    return helper.make_model(helper.make_graph([constant(tensor)], "g", [], []))


WAYS = (with_initialiser, with_node, with_branch, with_function, with_list)


def refused(data):
    with pytest.raises(Refusal) as caught:
        check_model(data, "a/model.onnx")
    assert caught.value.values["file"] == "a/model.onnx"
    return caught.value.code


def test_a_plain_model_passes():
    check_model(GOOD, "a")


@pytest.mark.hazard("HAZ-39")
@pytest.mark.parametrize("tensor", [outside, undeclared])
@pytest.mark.parametrize("way", WAYS)
def test_data_in_other_files_are_refused_wherever_they_hide(way, tensor):
    assert refused(way(tensor()).SerializeToString()) == "model-external-data"


@pytest.mark.parametrize("way", WAYS)
def test_the_same_places_may_hold_plain_tensors(way):
    """The negative control: it is the external data that are refused."""
    check_model(way(numpy_helper.from_array(np.ones(1, np.float32), "w")).SerializeToString(), "a")


def test_sparse_tensors_are_refused_as_initialiser_and_as_attribute():
    sparse = SparseTensorProto(dims=[2])
    sparse.values.CopyFrom(outside())
    model = with_initialiser(numpy_helper.from_array(np.ones(1, np.float32), "w"))
    model.graph.sparse_initializer.append(sparse)
    assert refused(model.SerializeToString()) == "model-sparse-tensor"
    node = helper.make_node("Constant", [], ["c"], sparse_value=sparse)
    model = helper.make_model(helper.make_graph([node], "g", [], []))
    assert refused(model.SerializeToString()) == "model-sparse-tensor"


@pytest.mark.parametrize("domain", ["com.microsoft", "evil", "ai.onnx.training"])
def test_operators_beyond_the_standard_are_refused(domain):
    node = helper.make_node("Do", ["x"], ["y"], domain=domain)
    assert refused(model_of([node])) == "model-custom-operator"


def test_a_function_of_the_model_itself_is_no_custom_operator_but_another_of_its_domain_is():
    model = with_function(numpy_helper.from_array(np.ones(1, np.float32), "w"))
    check_model(model.SerializeToString(), "a")
    model.graph.node.append(helper.make_node("G", [], ["z"], domain="own"))
    assert refused(model.SerializeToString()) == "model-custom-operator"


@pytest.mark.parametrize(
    "data", [b"", b"\x80\x04K\x01.", b"MZ" + bytes(80), b"{}", GOOD[:-1], b"\x0b" + GOOD]
)
def test_what_is_no_onnx_file_is_refused(data):
    assert refused(data) == "model-not-onnx"


def test_depth_is_bounded():
    out = [helper.make_tensor_value_info("c", TensorProto.FLOAT, None)]
    inner = [constant(numpy_helper.from_array(np.ones(1, np.float32)))]
    for _ in range(12):
        branch = helper.make_graph(inner, "b", [], out)
        inner = [helper.make_node("If", ["x"], ["c"], then_branch=branch, else_branch=branch)]
        inner[0].attribute.pop()  # one branch is enough, two double at each level
    model = helper.make_model(helper.make_graph(inner, "g", [], []))
    assert refused(model.SerializeToString()) == "model-too-large"


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255), st.integers(0, len(GOOD)))
def test_broken_bytes_are_refused_or_walked_but_never_a_fault_of_the_program(at, value, end):
    broken = bytearray(GOOD)
    broken[at] = value
    for data in (bytes(broken), GOOD[:end]):
        with suppress(Refusal):
            check_model(data, "a")
