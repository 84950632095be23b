// Draws the parts: solid ones first, then those of glass from far to near, each its nearest layer.
const VERTEX = `#version 300 es
in vec3 position; in vec3 normal;
uniform mat4 project; uniform mat4 place; uniform vec3 shift;
out vec3 spot; out vec3 facing; out vec3 seen;
void main() {
  spot = position + shift;
  vec4 here = place * vec4(spot, 1.0);
  seen = here.xyz; facing = mat3(place) * normal;
  gl_Position = project * here;
}`;
const FRAGMENT = `#version 300 es
precision highp float;
in vec3 spot; in vec3 facing; in vec3 seen;
uniform vec4 colour; uniform vec4 cut; uniform bool hasCut; uniform bool isLine; uniform int hatch;
uniform bool isParallel;
out vec4 light;
void main() {
  if (hasCut && dot(cut.xyz, spot) > cut.w) discard;
  if (isLine) { light = vec4(colour.rgb * colour.a, colour.a); return; }
  vec3 toward = isParallel ? vec3(0.0, 0.0, 1.0) : normalize(-seen);
  vec3 n = normalize(facing);
  vec3 tone = colour.rgb;
  if (!gl_FrontFacing) { n = -n; if (hasCut) tone *= 0.55; }
  float lit = 0.16 + 0.74 * max(dot(n, normalize(vec3(-0.5, 0.9, 1.0))), 0.0)
    + 0.30 * max(dot(n, normalize(vec3(1.0, 0.1, 0.6))), 0.0)
    + 0.14 * max(dot(n, normalize(vec3(0.2, -0.9, 0.3))), 0.0);
  vec3 halfway = normalize(normalize(vec3(-0.5, 0.9, 1.0)) + toward);
  float gloss = 0.12 * pow(max(dot(n, halfway), 0.0), 20.0);
  float alpha = colour.a;
  if (alpha < 1.0) alpha = mix(min(1.0, alpha * 1.5), alpha, abs(dot(n, toward)));
  bool isStripe = fract((spot.x + spot.y - spot.z) * 400.0) < 0.4;
  if (hatch == 2) isStripe = fract(spot.y * 250.0) < 0.2 || fract((spot.x - spot.z) * 250.0) < 0.2;
  if (hatch > 0 && isStripe) { tone *= 0.55; alpha = min(1.0, alpha + 0.3); }
  light = vec4((tone * lit + gloss) * alpha, alpha);
}`;
const INPUTS = ["position", "normal"];
const SETTINGS = [
  "project", "place", "shift", "colour", "cut", "hasCut", "isLine", "hatch", "isParallel",
];
const HATCHES = { forbid: 1, warn: 2 }; // stripes aslant, a grid
const UNCUT = new Set(["landmark", "trajectory", "distance", "angle", "check_cube"]);

function built(gl, vertex, fragment, inputs) {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  inputs.forEach((name, n) => gl.bindAttribLocation(program, n, name));
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
  return program;
}

function painter(gl, parts) {
  const program = built(gl, VERTEX, FRAGMENT, INPUTS);
  const setting = {};
  for (const name of SETTINGS) setting[name] = gl.getUniformLocation(program, name);
  for (const part of parts) for (const piece of part.pieces) load(gl, piece);

  function draw(part, piece, pass) {
    gl.uniform3fv(setting.shift, part.shift);
    gl.uniform4fv(setting.colour, [...lightOf(part.colour), piece.isBody ? part.opacity : 1]);
    gl.uniform1i(setting.isLine, piece.isBody ? 0 : 1);
    gl.uniform1i(setting.hatch, HATCHES[part.extras.severity] || 0);
    gl.uniform1i(setting.hasCut, pass.cut && !UNCUT.has(part.kind) ? 1 : 0);
    gl.bindVertexArray(piece.array);
    if (piece.isBody) gl.drawElements(gl.TRIANGLES, piece.count, gl.UNSIGNED_INT, 0);
    else gl.drawArrays(gl.LINES, 0, piece.count);
  }

  function glass(part, piece, pass) {
    gl.colorMask(false, false, false, false);
    draw(part, piece, pass);
    gl.colorMask(true, true, true, true);
    draw(part, piece, pass);
  }

  // `pass` has project, place, cut (four numbers or null) and isParallel.
  return function paint(pass) {
    gl.useProgram(program);
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.enable(gl.POLYGON_OFFSET_FILL);
    gl.uniformMatrix4fv(setting.project, false, pass.project);
    gl.uniformMatrix4fv(setting.place, false, pass.place);
    gl.uniform4fv(setting.cut, pass.cut || [0, 0, 0, 0]);
    gl.uniform1i(setting.isParallel, pass.isParallel ? 1 : 0);
    const shown = parts.filter((part) => part.isVisible && part.opacity > 0);
    const jobs = shown.flatMap((part) => part.pieces.map((piece) => [part, piece]));
    const isGlass = ([part, piece]) => piece.isBody && part.opacity < 1;
    for (const job of jobs.filter((one) => !isGlass(one))) {
      gl.polygonOffset(job[0].kind === "segment" ? 1 : 0, job[0].kind === "segment" ? 1 : 0);
      draw(...job, pass);
    }
    const far = (part) => {
      const middle = plus(part.low, minus(part.high, part.low), 0.5);
      return pass.place[2] * middle[0] + pass.place[6] * middle[1] + pass.place[10] * middle[2];
    };
    const first = (part) => (part.kind === "no_go_zone" ? 0 : 1);
    const panes = jobs.filter(isGlass);
    panes.sort((a, b) => first(a[0]) - first(b[0]) || far(a[0]) - far(b[0]));
    for (const job of panes) {
      gl.polygonOffset(job[0].kind === "segment" ? 1 : 0, job[0].kind === "segment" ? 1 : 0);
      glass(...job, pass);
    }
    gl.bindVertexArray(null);
  };
}

function load(gl, piece) {
  piece.array = gl.createVertexArray();
  gl.bindVertexArray(piece.array);
  [piece.positions, piece.normals].forEach((values, n) => {
    if (!values) return;
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(n);
    gl.vertexAttribPointer(n, 3, gl.FLOAT, false, 0, 0);
  });
  piece.count = piece.positions.length / 3;
  if (piece.corners) {
    piece.count = piece.corners.length;
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, piece.corners, gl.STATIC_DRAW);
  }
  gl.bindVertexArray(null);
}
