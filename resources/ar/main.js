// Puts the page together: the scene, the banner, the panel, and one drawing for each change.
const CONTEXTUAL = new Set(["notice", "registration_target"]);

// Returns the corners of what is looked at first, and of what a cut goes through.
function framed(parts) {
  const spoken = new Set(parts.map((part) => part.extras.segment_id).filter(Boolean));
  const isSpoken = (part) => part.kind === "segment" && spoken.has(part.extras.id);
  const own = parts.filter((part) => part.pieces.length && part.kind !== "check_cube");
  const chosen = own.filter((part) => part.kind !== "segment" || isSpoken(part));
  const all = [chosen, own, parts.filter((part) => part.pieces.length)].find((some) => some.length);
  const cuttable = all.filter((part) => !UNCUT.has(part.kind));
  return [bounds(all), bounds(cuttable.length ? cuttable : all)];
}

function bounds(parts) {
  const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
  for (const part of parts) {
    for (let n = 0; n < 3; n++) {
      low[n] = Math.min(low[n], part.low[n]);
      high[n] = Math.max(high[n], part.high[n]);
    }
  }
  return [low, high];
}

function banner(about, facts) {
  const words = facts.words, side = words["side_" + about.side] || "";
  document.title = plain(about.case_code) + " - Tasrif";
  byId("code").textContent = plain(about.case_code);
  byId("side").textContent = side;
  byId("state").textContent = words["state_" + about.state];
  byId("state").className = "chip " + (about.state === "sealed" ? "sealed" : "draft");
  byId("notice").textContent = words.notice;
  byId("band").hidden = about.kind !== "simulation";
  byId("band").firstElementChild.textContent = words.simulation;
  const rows = [[words.version, String(about.version)], [words.plan_hash, about.plan_sha256]];
  if (facts.signer) rows.push([words.signer, facts.signer]);
  for (const [title, value] of rows) {
    byId("foot").append(element("span", {}, title + " ", element("code", { textContent: plain(value) })));
  }
  return side;
}

function asking(words, side) {
  const dialog = byId("ask");
  const [no, yes] = dialog.querySelectorAll("button");
  dialog.firstElementChild.textContent = filled(side ? words.ask_side : words.ask_no_side, { side });
  no.textContent = words.cancel;
  no.className = "outline";
  yes.textContent = side ? filled(words.yes_side, { side }) : words.go_on;
  return () => new Promise((answer) => {
    const close = (is) => () => { dialog.close(); answer(is); };
    no.onclick = close(false);
    yes.onclick = close(true);
    dialog.oncancel = () => answer(false);
    dialog.showModal();
  });
}

function toolbar(words, camera, redraw, names) {
  const add = (text, title, act) => {
    const button = element("button", { type: "button", textContent: text, title });
    button.onclick = () => { act(button); redraw(); };
    byId("tools").append(button);
    return button;
  };
  add("\u2212", words.further, () => camera.zoom(1.2));
  add("+", words.nearer, () => camera.zoom(1 / 1.2));
  const toggle = add(words.names, words.names, (button) => {
    names.areShown = !names.areShown;
    button.setAttribute("aria-pressed", String(names.areShown));
  });
  toggle.setAttribute("aria-pressed", "true");
  add(words.reset, words.reset, () => camera.reset());
}

function start() {
  const facts = JSON.parse(byId("facts").textContent);
  const words = facts.words, figures = facts.figures;
  const trouble = (text) => { byId("trouble").textContent = text; byId("trouble").hidden = false; };
  let found;
  try {
    found = readGlb(bytesOf(byId("scene").textContent));
  } catch (error) {
    trouble(words.broken);
    return;
  }
  const side = banner(found.about, facts);
  const canvas = byId("view");
  canvas.setAttribute("aria-label", words.help);
  canvas.title = words.help;
  const gl = canvas.getContext("webgl2", { antialias: true, alpha: true, xrCompatible: false });
  if (!gl) {
    trouble(words.no_webgl);
    return;
  }
  const marks = found.parts.filter((part) => part.kind === "notice");
  const parts = found.parts.filter((part) => !CONTEXTUAL.has(part.kind));
  for (const part of parts) part.isVisible = part.kind !== "check_cube";
  shortened(parts, found.about, words);
  const figureOf = (part, what = "main") => (figures[part.kind + "/" + part.extras.id] || {})[what] || "";
  const [[low, high], cuttable] = framed(parts);
  const camera = cameraOf(found.about.side, low, high);
  const paint = painter(gl, parts);
  const tags = namesFor(parts, figureOf, words), names = { areShown: true };
  let isAsked = false;
  const scene = {
    low, high, paint, trouble, frames: 0, isInRoom: false, redraw,
    paintBoard: board(gl, boardLines(found.about, words, side), low, high),
  };
  function redraw() {
    if (isAsked || scene.isInRoom) return;
    isAsked = true;
    requestAnimationFrame(() => { isAsked = false; draw(); });
  }
  function draw() {
    const width = canvas.clientWidth, height = canvas.clientHeight;
    if (!width || !height || scene.isInRoom) return;
    const [w, h] = [width, height].map((one) => Math.round(one * devicePixelRatio));
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, w, h);
    gl.clearColor(14 / 255, 17 / 255, 20 / 255, 1);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    camera.reach = reachOf(parts, camera.target);
    paint({ project: camera.project(width / height), place: camera.place(), cut: scene.cut(), isParallel: true });
    drawNames(tags, camera, width, height, names.areShown);
    drawEdges(camera);
    drawScale(camera, height, width);
    drawCube(camera);
    document.documentElement.dataset.drawn = String(Number(document.documentElement.dataset.drawn || 0) + 1);
  }
  scene.cut = cutter(words, ...cuttable, redraw);
  panelOf(parts, words, figureOf, redraw);
  toolbar(words, camera, redraw, names);
  gestures(canvas, camera, redraw);
  byId("cube").onclick = (event) => { cubePressed(camera, event); redraw(); };
  new ResizeObserver(redraw).observe(canvas);
  canvas.addEventListener("webglcontextlost", () => trouble(words.no_webgl));
  offerHeadset(gl, words, asking(words, side), scene);
  if (marks.length) byId("stage").setAttribute("aria-label", marks[0].name);
  redraw();
}

// The banner says DRAFT and SIM; each name need not say it again. The cube's is the page's own.
function shortened(parts, about, words) {
  const marks = (about.state === "draft" ? "DRAFT " : "") + (about.kind === "simulation" ? "SIM " : "");
  for (const part of parts) if (part.name.startsWith(marks)) part.name = part.name.slice(marks.length);
  for (const part of parts) if (part.kind === "check_cube") part.name = words.check_cube;
}

function boardLines(about, words, side) {
  const state = words["state_" + about.state];
  const first = [plain(about.case_code), side, state].filter(Boolean).join(" · ");
  const lines = [[first, "#E8ECF1"], [words.notice, "#F5B83D"]];
  if (about.kind === "simulation") lines.push([words.simulation, "#F5B83D"]);
  return lines;
}

function reachOf(parts, target) {
  const far = (part) => Math.max(Math.hypot(...minus(part.low, target)), Math.hypot(...minus(part.high, target)));
  return 2 * Math.max(0.01, ...parts.filter((part) => part.pieces.length).map(far));
}

start();
