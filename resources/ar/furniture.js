// What stands over the picture: names, letters of the sides, the bar of millimetres, the cube.
const LETTERS = [["L", "R"], ["H", "F"], ["A", "P"]];
const AXIS_COLOURS = ["#F2C94C", "#E4574A", "#66DDB4"];
const NAMED = new Set(["landmark", "trajectory", "check_cube", "distance", "angle"]);
const ROUND_MM = [1, 2, 5, 10, 20, 50, 100, 200, 500];

function letterOf(direction) {
  const sizes = direction.map(Math.abs);
  const most = sizes.indexOf(Math.max(...sizes));
  return sizes[most] < 0.5 ? "" : LETTERS[most][direction[most] > 0 ? 0 : 1];
}

function drawEdges(camera) {
  const [right, up] = camera.axes();
  const negative = (one) => one.map((x) => -x);
  const edges = { end: right, start: negative(right), top: up, bottom: negative(up) };
  for (const [edge, direction] of Object.entries(edges)) byId(edge).textContent = letterOf(direction);
}

function drawScale(camera, height, width) {
  const mm = camera.height * 1000 / height;
  const fits = ROUND_MM.filter((one) => one / mm <= Math.max(60, 0.25 * width));
  const length = fits.length ? fits[fits.length - 1] : ROUND_MM[0];
  byId("scale").firstElementChild.style.width = length / mm + "px";
  byId("scale").lastElementChild.textContent = length + " mm";
}

// Where a part's name points to: a path's far end, an angle's apex, a line's middle, else its place.
function anchorOf(part) {
  const ends = part.pieces.find((piece) => !piece.isBody);
  if ((part.kind === "trajectory" || part.kind === "angle") && ends) return [...ends.positions.slice(3, 6)];
  return plus(part.low, minus(part.high, part.low), 0.5);
}

function namesFor(parts, figureOf, words) {
  const box = byId("names");
  return parts.filter((part) => NAMED.has(part.kind)).map((part) => {
    const line = box.appendChild(document.createElement("i"));
    const tag = box.appendChild(document.createElement("span"));
    const figure = figureOf(part);
    const rule = words[part.extras.severity]; // a zone's word: its colour is never alone
    tag.append(isolated(part.name), rule ? " · " + rule : "", figure ? " " + figure : "");
    return { part, tag, line, anchor: anchorOf(part) };
  });
}

function drawNames(names, camera, width, height, areShown) {
  const taken = [];
  for (const { part, tag, line, anchor } of names) {
    const [x, y] = camera.spot(anchor, width, height);
    const isIn = areShown && part.isVisible && x > 0 && y > 0 && x < width && y < height;
    tag.hidden = line.hidden = !isIn;
    if (!isIn) continue;
    const w = tag.offsetWidth, h = tag.offsetHeight;
    let left = x + 24 + w > width - 8 ? x - 24 - w : x + 24;
    left = Math.max(8, Math.min(width - 8 - w, left));
    let top = Math.max(8, Math.min(height - 8 - h, y - 24));
    const clashes = (one) => left < one[0] + one[2] && left + w > one[0] && top < one[1] + one[3] && top + h > one[1];
    for (let n = 0; n < 24 && taken.some(clashes); n++) top = (top + h) % Math.max(h, height - h);
    taken.push([left, top, w, h]);
    tag.style.transform = `translate(${left}px, ${top}px)`;
    const endX = left > x ? left - 3 : left + w + 3, endY = top + h / 2;
    line.style.width = Math.hypot(endX - x, endY - y) + "px";
    line.style.transform = `translate(${x}px, ${y}px) rotate(${Math.atan2(endY - y, endX - x)}rad)`;
  }
}

const FACES = [0, 1, 2].flatMap((axis) => [1, -1].map((sign) => ({ axis, sign })));

function faceOf({ axis, sign }) {
  const out = [0, 0, 0], up = [0, 0, 0];
  out[axis] = sign;
  if (axis === 1) up[2] = -sign; else up[1] = 1;
  return { out, up, right: cross(up, out), letter: LETTERS[axis][sign > 0 ? 0 : 1], colour: AXIS_COLOURS[axis] };
}

function drawCube(camera) {
  const canvas = byId("cube"), pen = canvas.getContext("2d");
  const size = Math.round(canvas.clientWidth * devicePixelRatio);
  if (canvas.width !== size) canvas.width = canvas.height = size;
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, size, size);
  const [right, up, back] = camera.axes(), half = size * 0.27;
  const flat = (v) => [dot(right, v) * half, -dot(up, v) * half];
  const facing = FACES.map(faceOf).filter((face) => dot(face.out, back) > 0.02);
  for (const face of facing.sort((a, b) => dot(a.out, back) - dot(b.out, back))) {
    const a = flat(face.right), b = flat(face.up), o = flat(face.out);
    pen.setTransform(a[0], a[1], -b[0], -b[1], size / 2 + o[0], size / 2 + o[1]);
    pen.globalAlpha = 0.55 + 0.45 * dot(face.out, back);
    pen.fillStyle = "#242A32";
    pen.fillRect(-1, -1, 2, 2);
    pen.lineWidth = 0.06;
    pen.strokeStyle = "#6B7A8F";
    pen.strokeRect(-0.97, -0.97, 1.94, 1.94);
    pen.fillStyle = face.colour;
    pen.font = "600 1.3px sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(face.letter, 0, 0.08);
  }
}

// Looks along the side of the cube that was pressed.
function cubePressed(camera, event) {
  const box = byId("cube").getBoundingClientRect();
  const x = (event.clientX - box.left) / box.width - 0.5, y = 0.5 - (event.clientY - box.top) / box.height;
  const [right, up, back] = camera.axes();
  const off = (face) => Math.hypot(0.27 * dot(right, face.out) - x, 0.27 * dot(up, face.out) - y);
  const seen = FACES.map(faceOf).filter((face) => dot(face.out, back) > 0.1);
  const face = seen.sort((a, b) => off(a) - off(b))[0];
  if (face && off(face) < 0.4) camera.look(...LOOKS[face.letter.toLowerCase()]);
}
