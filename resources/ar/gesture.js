// Mouse, touch and keys: drag turns, two fingers or the right button move, wheel or pinch zooms.
const TURN = 0.008, KEY_TURN = 0.08, KEY_PAN = 24, WHEEL = 0.0012;

function gestures(canvas, camera, redraw) {
  const fingers = new Map();
  const spread = () => {
    const [a, b] = [...fingers.values()];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, apart: Math.hypot(a.x - b.x, a.y - b.y) };
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  canvas.addEventListener("pointermove", (event) => {
    const old = fingers.get(event.pointerId);
    if (!old) return;
    const across = event.clientX - old.x, down = event.clientY - old.y;
    const before = fingers.size === 2 ? spread() : null;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (before) {
      const after = spread();
      camera.pan(after.x - before.x, after.y - before.y, canvas.clientHeight);
      if (after.apart > 1) camera.zoom(before.apart / after.apart);
    } else if (event.shiftKey || event.buttons & 6) {
      camera.pan(across, down, canvas.clientHeight);
    } else if (fingers.size === 1) {
      camera.turn(across * TURN, down * TURN);
    }
    redraw();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => fingers.delete(event.pointerId));
  }
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    camera.zoom(Math.exp(event.deltaY * WHEEL));
    redraw();
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !pressed(event.key, event.shiftKey)) return;
    event.preventDefault();
    redraw();
  });

  function pressed(key, isShift) {
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (arrows[key]) {
      const [x, y] = arrows[key];
      if (isShift) camera.pan(x * KEY_PAN, y * KEY_PAN, canvas.clientHeight);
      else camera.turn(x * KEY_TURN, y * KEY_TURN);
    } else if (key === "+" || key === "=") camera.zoom(0.9);
    else if (key === "-") camera.zoom(1.1);
    else if (key === "0" || key === "Home") camera.reset();
    else if (LOOKS[key.toLowerCase()]) camera.look(...LOOKS[key.toLowerCase()]);
    else return false;
    return true;
  }
}
