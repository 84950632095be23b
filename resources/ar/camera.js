// Where the eye is: it turns about a point, up stays up, and looks in parallel, so that the bar of
// millimetres holds all over the picture. Positions are metres: x left, y head, z anterior.
const PITCH_MOST = Math.PI / 2 - 0.001;
const HEIGHT_LEAST = 0.01, HEIGHT_MOST = 4, FIRST_HEIGHT_LEAST = 0.06;
const FIRST_LOOK = { L: [0.75, 0.44], R: [-0.75, 0.44], both: [0, 0.2], none: [0, 0.2] };
const LOOKS = {
  a: [0, 0], p: [Math.PI, 0], l: [Math.PI / 2, 0], r: [-Math.PI / 2, 0], h: [0, PITCH_MOST], f: [0, -PITCH_MOST],
};

function cameraOf(side, low, high) {
  const camera = { yaw: 0, pitch: 0, height: 1, target: [0, 0, 0], reach: 1 };
  camera.reset = () => {
    [camera.yaw, camera.pitch] = FIRST_LOOK[side] || FIRST_LOOK.none;
    camera.target = plus(low, minus(high, low), 0.5);
    camera.height = clampHeight(Math.max(FIRST_HEIGHT_LEAST, 1.15 * Math.hypot(...minus(high, low))));
  };
  camera.look = (yaw, pitch) => { camera.yaw = yaw; camera.pitch = pitch; };
  camera.turn = (across, down) => {
    camera.yaw -= across;
    camera.pitch = Math.max(-PITCH_MOST, Math.min(PITCH_MOST, camera.pitch + down));
  };
  camera.zoom = (times) => { camera.height = clampHeight(camera.height * times); };
  // Moves the scene by pixels on a picture so many pixels high.
  camera.pan = (across, down, pixels) => {
    const [right, up] = camera.axes();
    const step = camera.height / pixels;
    camera.target = plus(plus(camera.target, right, -across * step), up, down * step);
  };
  camera.axes = () => {
    const back = [
      Math.sin(camera.yaw) * Math.cos(camera.pitch), Math.sin(camera.pitch),
      Math.cos(camera.yaw) * Math.cos(camera.pitch),
    ];
    const right = [Math.cos(camera.yaw), 0, -Math.sin(camera.yaw)];
    return [right, cross(back, right), back];
  };
  camera.place = () => {
    const [x, y, z] = camera.axes();
    const t = camera.target;
    return new Float32Array([
      x[0], y[0], z[0], 0, x[1], y[1], z[1], 0, x[2], y[2], z[2], 0, -dot(x, t), -dot(y, t), -dot(z, t), 1,
    ]);
  };
  camera.project = (ratio) => {
    const half = camera.height / 2, far = camera.reach;
    return new Float32Array([1 / (half * ratio), 0, 0, 0, 0, 1 / half, 0, 0, 0, 0, -1 / far, 0, 0, 0, 0, 1]);
  };
  // Returns where a point lies on a picture of that size, in pixels.
  camera.spot = (point, width, height) => {
    const [x, y] = camera.axes();
    const off = minus(point, camera.target), scale = height / camera.height;
    return [width / 2 + dot(x, off) * scale, height / 2 - dot(y, off) * scale];
  };
  camera.reset();
  return camera;
}

function clampHeight(height) {
  return Math.max(HEIGHT_LEAST, Math.min(HEIGHT_MOST, height));
}
