// The list of parts and what can be done to the chosen one. Every text is put in as text.
const GROUPS = [
  ["plan", ["trajectory", "landmark", "distance", "angle", "cut_plane", "no_go_zone"]],
  ["surfaces", ["segment"]],
  ["check", ["check_cube"]],
];
const EYE = [
  ["path", { d: "M2.5 12s3.5-6.5 9.5-6.5S21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z" }],
  ["circle", { cx: 12, cy: 12, r: 3 }], ["path", { d: "M4 20 20 4", class: "off" }],
];
const CUTS = [["cut_off", null], ["sagittal", 0], ["coronal", 2], ["axial", 1]];

const byId = (id) => document.getElementById(id);

function element(tag, about = {}, ...inside) {
  const made = document.createElement(tag);
  Object.assign(made, about);
  made.append(...inside);
  return made;
}

function isolated(text) {
  return element("bdi", { textContent: text });
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? values[key] : whole));
}

function eye() {
  const space = "http://www.w3.org/2000/svg";
  const made = document.createElementNS(space, "svg");
  made.setAttribute("viewBox", "0 0 24 24");
  made.setAttribute("aria-hidden", "true");
  for (const [tag, about] of EYE) {
    const stroke = made.appendChild(document.createElementNS(space, tag));
    for (const [key, value] of Object.entries(about)) stroke.setAttribute(key, value);
  }
  return made;
}

function panelOf(parts, words, figureOf, redraw) {
  const rows = new Map();
  let chosen = null;

  function update() {
    let hidden = 0;
    for (const [part, { row, button }] of rows) {
      button.setAttribute("aria-pressed", String(part.isVisible));
      row.classList.toggle("is-off", !part.isVisible);
      row.classList.toggle("chosen", part === chosen);
      if (!part.isVisible && part.kind !== "check_cube") hidden++;
    }
    byId("hidden").textContent = hidden ? filled(words.hidden, { n: hidden }) : "";
    byId("all").hidden = !hidden;
    redraw();
  }

  function rowOf(part) {
    const button = element("button", { type: "button", className: "eye" }, eye());
    button.setAttribute("aria-label", filled(words.show_or_hide, { name: part.name }));
    button.onclick = () => { part.isVisible = !part.isVisible; update(); };
    const colour = element("input", { type: "color", value: part.colour });
    colour.setAttribute("aria-label", `${words.colour}: ${part.name}`);
    colour.oninput = () => { part.colour = colour.value; redraw(); };
    const name = element("button", { type: "button", className: "name", title: part.name }, isolated(part.name));
    name.onclick = () => choose(part);
    const figure = element("span", { className: "figure", textContent: figureOf(part) });
    const row = element("div", { className: "row" }, button, colour, name, figure);
    rows.set(part, { row, button });
    return row;
  }

  function choose(part) {
    chosen = part;
    const slider = element("input", { type: "range", min: 0, max: 100, value: Math.round(100 * part.opacity) });
    slider.setAttribute("aria-label", words.opacity);
    slider.oninput = () => { part.opacity = slider.value / 100; redraw(); };
    const field = element("label", { className: "field" }, element("span", { textContent: words.opacity }), slider);
    const notes = [];
    if (part.kind === "segment") notes.push(filled(words.deviation, { mm: figureOf(part, "deviation") }));
    if (part.kind === "no_go_zone") notes.push(words["zone_" + part.extras.severity], words.without_margin);
    if (part.kind === "check_cube") notes.push(words.cube);
    const lines = notes.map((text) => element("p", { textContent: text }));
    byId("chosen").replaceChildren(element("b", {}, isolated(part.name)), field, ...lines);
    update();
  }

  byId("heading").textContent = words.heading;
  byId("all").textContent = words.show_all;
  byId("all").onclick = () => {
    for (const part of rows.keys()) if (part.kind !== "check_cube") part.isVisible = true;
    update();
  };
  for (const [title, kinds] of GROUPS) {
    const members = parts.filter((part) => kinds.includes(part.kind));
    members.sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
    if (members.length) {
      byId("lists").append(element("h2", { textContent: words[title] }), ...members.map(rowOf));
    }
  }
  update();
  return { choose };
}

// Cuts the surfaces open along one of the patient's planes.
function cutter(words, low, high, redraw) {
  const cut = { axis: null, ratio: 0.5, sign: 1 };
  const slider = element("input", { type: "range", min: 0, max: 1000, value: 500, dir: "ltr", disabled: true });
  slider.setAttribute("aria-label", words.cut_open);
  slider.oninput = () => { cut.ratio = slider.value / 1000; redraw(); };
  const flip = element("button", { type: "button", className: "link", textContent: words.other_side, disabled: true });
  flip.onclick = () => { cut.sign = -cut.sign; redraw(); };
  const buttons = CUTS.map(([word, axis]) => {
    const button = element("button", { type: "button", textContent: words[word] });
    button.onclick = () => {
      cut.axis = axis;
      slider.disabled = flip.disabled = axis === null;
      buttons.forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
      redraw();
    };
    button.setAttribute("aria-pressed", String(axis === null));
    return button;
  });
  byId("cut").append(
    element("b", { textContent: words.cut_open }), element("div", { className: "choice" }, ...buttons),
    element("div", { className: "field" }, slider, flip),
  );
  return () => {
    if (cut.axis === null) return null;
    const plane = [0, 0, 0, 0];
    plane[cut.axis] = cut.sign;
    plane[3] = cut.sign * (low[cut.axis] + cut.ratio * (high[cut.axis] - low[cut.axis]));
    return plane;
  };
}
