// Reads the scene: only what our own writer writes; anything else is refused.
const SIZES = { SCALAR: 1, VEC3: 3 };

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let n = 0; n < text.length; n++) bytes[n] = text.charCodeAt(n);
  return bytes;
}

function readGlb(bytes) {
  const head = new DataView(bytes.buffer);
  if (head.getUint32(0, true) !== 0x46546C67 || head.getUint32(8, true) !== bytes.length) {
    throw new Error("not a GLB");
  }
  const textLength = head.getUint32(12, true);
  const document = JSON.parse(new TextDecoder().decode(bytes.subarray(20, 20 + textLength)));
  const binary = bytes.buffer.slice(28 + textLength);
  const numbers = (index) => {
    const about = document.accessors[index];
    const view = document.bufferViews[about.bufferView];
    const Kind = about.componentType === 5126 ? Float32Array : Uint32Array;
    return new Kind(binary, view.byteOffset, about.count * SIZES[about.type]);
  };
  const parts = document.nodes.map((node) => readPart(document, node, numbers));
  return { about: document.asset.extras, parts };
}

function readPart(document, node, numbers) {
  const shift = node.translation || [0, 0, 0];
  const part = {
    name: plain(node.name), kind: node.extras.kind, extras: node.extras, shift, pieces: [],
    colour: "#ffffff", opacity: 1, isVisible: true, low: [...shift], high: [...shift],
  };
  if (node.mesh === undefined) return part;
  part.low = [Infinity, Infinity, Infinity];
  part.high = [-Infinity, -Infinity, -Infinity];
  for (const primitive of document.meshes[node.mesh].primitives) {
    const look = document.materials[primitive.material].pbrMetallicRoughness.baseColorFactor;
    part.colour = hexOf(look);
    part.opacity = look[3];
    const range = document.accessors[primitive.attributes.POSITION];
    for (let n = 0; n < 3; n++) {
      part.low[n] = Math.min(part.low[n], range.min[n] + shift[n]);
      part.high[n] = Math.max(part.high[n], range.max[n] + shift[n]);
    }
    const isBody = primitive.mode === 4;
    part.pieces.push({
      isBody,
      positions: numbers(primitive.attributes.POSITION),
      normals: isBody ? numbers(primitive.attributes.NORMAL) : null,
      corners: isBody ? numbers(primitive.indices) : null,
    });
  }
  return part;
}

// What turns the order of letters round, or is not there to be seen, is shown as a sign.
function plain(text) {
  return String(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (sign) => (sign === "\u200d" ? sign : "\ufffd"));
}

function hexOf(look) {
  const share = (one) => {
    const bent = one <= 0.0031308 ? 12.92 * one : 1.055 * one ** (1 / 2.4) - 0.055;
    return Math.round(255 * bent).toString(16).padStart(2, "0");
  };
  return "#" + share(look[0]) + share(look[1]) + share(look[2]);
}

function lightOf(hex) {
  return [1, 3, 5].map((n) => parseInt(hex.slice(n, n + 2), 16) / 255);
}
