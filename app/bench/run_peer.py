"""Run as a script: the work of `run_ours.py` by SimpleITK and VTK, without anything of ours."""

import json
import sys
from types import ModuleType

import SimpleITK
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

sitk: ModuleType = SimpleITK


def main(folder: str, lower_hu: int, upper_hu: int) -> None:
    """Do the work and keep all of it to the end."""
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(folder))
    volume = reader.Execute()
    bone = sitk.BinaryThreshold(volume, lower_hu, upper_hu)
    part = sitk.Equal(sitk.RelabelComponent(sitk.ConnectedComponent(bone)), 1)
    voxels = sitk.GetArrayViewFromImage(part)
    image = vtkImageData()
    image.SetDimensions(*part.GetSize())
    image.SetSpacing(*part.GetSpacing())
    image.SetOrigin(*part.GetOrigin())
    image.GetPointData().SetScalars(numpy_to_vtk(voxels.reshape(-1)))
    edges = vtkFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, 0.5)
    edges.ComputeNormalsOff()
    edges.ComputeScalarsOff()
    edges.Update()
    counts = {"voxels": int(voxels.sum()), "points": edges.GetOutput().GetNumberOfPoints()}
    sys.stdout.write(json.dumps(counts))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
