// The scene in the room: one metre is one metre. What it is stands above it for as long as it shows.
const BOARD_VERTEX = `#version 300 es
in vec2 position; uniform mat4 project; uniform mat4 place; uniform vec3 corner; uniform vec2 size;
out vec2 spot;
void main() {
  spot = vec2(position.x, 1.0 - position.y);
  gl_Position = project * place * vec4(corner + vec3(position * size, 0.0), 1.0);
}`;
const BOARD_FRAGMENT = `#version 300 es
precision mediump float; in vec2 spot; uniform sampler2D words; out vec4 light;
void main() { light = texture(words, spot); }`;
const MODES = [["immersive-ar", "in_room"], ["immersive-vr", "in_headset"]];
const AHEAD = 0.7, BELOW = 0.15;

function board(gl, lines, low, high) {
  const canvas = element("canvas", { width: 1024, height: 256 });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#1A1E24E6";
  pen.fillRect(0, 0, 1024, 256);
  pen.textAlign = "center";
  lines.forEach(([text, colour], n) => {
    pen.fillStyle = colour;
    pen.font = `600 ${n ? 52 : 72}px "IBM Plex Sans", sans-serif`;
    pen.fillText(text, 512, 90 + 70 * n, 984);
  });
  const program = built(gl, BOARD_VERTEX, BOARD_FRAGMENT, ["position"]);
  const array = gl.createVertexArray();
  gl.bindVertexArray(array);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([0, 0, 1, 0, 0, 1, 1, 1]), gl.STATIC_DRAW);
  gl.enableVertexAttribArray(0);
  gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
  gl.bindVertexArray(null);
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, canvas);
  gl.generateMipmap(gl.TEXTURE_2D);
  const at = (name) => gl.getUniformLocation(program, name);
  return function paint(pass) {
    gl.useProgram(program);
    gl.uniformMatrix4fv(at("project"), false, pass.project);
    gl.uniformMatrix4fv(at("place"), false, pass.place);
    gl.uniform3fv(at("corner"), [(low[0] + high[0]) / 2 - 0.2, high[1] + 0.03, (low[2] + high[2]) / 2]);
    gl.uniform2fv(at("size"), [0.4, 0.1]);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.bindVertexArray(array);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    gl.bindVertexArray(null);
  };
}

async function offerHeadset(gl, words, ask, scene) {
  if (!navigator.xr) return;
  for (const [mode, word] of MODES) {
    if (!(await navigator.xr.isSessionSupported(mode).catch(() => false))) continue;
    const button = byId("xr");
    button.textContent = words[word];
    button.hidden = false;
    button.onclick = async () => {
      if (!(await ask())) return;
      try {
        await enter(gl, mode, scene);
      } catch (error) {
        scene.trouble(words.headset_failed);
      }
    };
    return;
  }
}

async function enter(gl, mode, scene) {
  const session = await navigator.xr.requestSession(mode);
  await gl.makeXRCompatible();
  const layer = new XRWebGLLayer(session, gl);
  session.updateRenderState({ baseLayer: layer, depthNear: 0.05, depthFar: 20 });
  const space = await session.requestReferenceSpace("local");
  const middle = plus(scene.low, minus(scene.high, scene.low), 0.5);
  const scenePlace = moving([-middle[0], -BELOW - middle[1], -AHEAD - middle[2]]);
  const inRoom = (is) => {
    scene.isInRoom = is;
    document.documentElement.classList.toggle("is-in-room", is);
  };
  inRoom(true);
  session.addEventListener("end", () => { inRoom(false); scene.redraw(); });
  const frame = (_, now) => {
    session.requestAnimationFrame(frame);
    const pose = now.getViewerPose(space);
    if (!pose) return;
    gl.bindFramebuffer(gl.FRAMEBUFFER, layer.framebuffer);
    gl.clearColor(0, 0, 0, mode === "immersive-ar" ? 0 : 1);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    for (const view of pose.views) {
      const port = layer.getViewport(view);
      gl.viewport(port.x, port.y, port.width, port.height);
      const place = product(view.transform.inverse.matrix, scenePlace);
      const pass = { project: view.projectionMatrix, place, cut: scene.cut(), isParallel: false };
      scene.paint(pass);
      scene.paintBoard(pass);
    }
    document.documentElement.dataset.headsetFrames = String(++scene.frames);
  };
  session.requestAnimationFrame(frame);
}
