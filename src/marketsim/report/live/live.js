"use strict";
// The screen's rail: options and futures in separate panels, a preview on every move, a run with bar, rate and time left.
(function () {
  const page = globalThis.marketsim, el = page.el;
  const root = document.documentElement, rail = document.getElementById("rail");
  const words = JSON.parse(document.getElementById("words").textContent).words;
  const word = (key) => words[key][root.lang === "zh" ? 0 : 1];
  const either = (pair) => pair[root.lang === "zh" ? 0 : 1];
  const FIRST = "tianjin-2020";
  let known = null, state = null, stale = false, shown = null, started = { studies: [], results: [] }, progress = { state: "idle" }, problem = "", turn = 0, previewed = 0;

  async function send(path, body) {
    const found = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body || {}) });
    return found.ok ? found.json() : { error: [[await found.text(), ""].map((t, n, all) => t || all[0])] };
  }

  // ---- what the reader set; it lives in the address, so a reload or a link brings it back
  function remember() {
    const address = new URLSearchParams(location.hash.slice(1));
    address.set("state", JSON.stringify(state));
    address.set("lang", root.lang);
    history.replaceState(null, "", location.pathname + "#" + address);
  }
  function recall() {
    try {
      const found = JSON.parse(new URLSearchParams(location.hash.slice(1)).get("state"));
      return found && Array.isArray(found.options) && found.options.length && found.options.every((one) => one.set) && found.futures ? found : null;
    } catch (error) { return null; }
  }
  async function choose(base, kept) {
    const found = await send("/api/ask", { do: "levers", base: base });
    if (found.error) {  // an address may name a base that is not there
      fail(found);
      return known || base === FIRST ? undefined : choose(FIRST);
    }
    known = found;
    const brought = found.brought.length ? found.brought : [{ label: "A", set: {} }];
    state = kept || { base: base, title: either(found.title), options: brought, futures: {}, seeds: Math.min(found.seeds, 20) };
    remember(); draw();
  }

  // ---- the rail
  function draw() {
    if (!known || !state) return;
    owed = pressed;  // a button must not go between press and release: its click would be lost
    if (pressed) return;
    const busy = progress.state === "running", open = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.at : null;
    rail.replaceChildren(
      el("div", { class: "bar" }, el("b", {}, "marketsim"), el("select", { id: "base", "aria-label": word("begin_with"), title: word("begin_with"), on: { change: (event) => choose(event.target.value) } }, known.bases.map((name) => el("option", { value: name, selected: name === state.base }, name)))),
      el("section", { id: "options-panel" }, el("h2", {}, word("options")), state.options.map(option)),
      el("section", { id: "futures-panel" }, el("h2", {}, word("futures")), Object.keys(state.futures).map(future), lever(known.futures, word("add_future"), (one) => { state.futures[one.key] = [one.value, one.value]; change(null); })),
      el("section", {}, el("label", {}, word("seeds") + " ", el("input", { id: "seeds", "data-at": "seeds", type: "number", min: 1, max: 1000, value: state.seeds, on: { change: (event) => { state.seeds = Number(event.target.value); change(null); } } })),
        el("div", { class: "row" }, el("button", { id: "run", type: "button", class: "main", disabled: busy, on: { click: run } }, word("run_all") + " " + state.options.length * state.seeds), el("button", { id: "stop", type: "button", disabled: !busy, on: { click: () => send("/api/stop") } }, word("stop"))),
        el("div", { id: "news" }, news())),
      el("section", {}, el("div", { class: "row" }, el("button", { id: "save", type: "button", on: { click: save } }, word("save")), freeze()),
        el("label", {}, word("history") + " ", past())));
    const again = open && [...rail.querySelectorAll("[data-at]")].find((one) => one.dataset.at === open);
    if (again) again.focus();
  }

  const news = () => [el("progress", { id: "bar", max: progress.total || 1, value: progress.done || 0 }), el("p", { id: "status", role: "status" }, status()),
    stale ? el("p", { id: "stale", class: "stale" }, word("stale")) : null, problem ? el("pre", { id: "problem", role: "alert" }, problem) : null];
  const freeze = () => el("a", { id: "freeze", class: "button", hidden: !shown, "data-made": shown || "", href: "/api/result/" + shown + "?frozen=1&lang=" + root.lang, download: shown + ".html" }, word("freeze"));
  const past = () => el("select", { id: "history", "data-made": started.studies.length, on: { change: (event) => event.target.value && restore(event.target.value) } }, el("option", { value: "" }, "–"),
    started.studies.map((one) => el("option", { value: one.key }, one.state.title + " · " + one.state.options.length + " × " + one.state.seeds)));
  let pressed = false, owed = false;
  rail.addEventListener("pointerdown", (event) => { pressed = event.target.closest("button, a") !== null; }, true);
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { pressed = false; setTimeout(() => { if (owed) draw(); }); }, true);
  // What comes by itself replaces neither a field, in which somebody may be typing, nor a button.
  function calm() {
    const place = document.getElementById("news"), busy = progress.state === "running";
    if (!place) return draw();
    place.replaceChildren(...news().filter(Boolean));
    document.getElementById("run").disabled = busy;
    document.getElementById("stop").disabled = !busy;
    for (const [id, made, make] of [["freeze", shown || "", freeze], ["history", started.studies.length, past]]) {
      const old = document.getElementById(id);
      if (old.dataset.made !== String(made) && old !== document.activeElement) old.replaceWith(make());
    }
  }

  function option(one, n) {
    const drop = () => { state.options.splice(n, 1); change(null); };
    const copy = () => { state.options.splice(n + 1, 0, JSON.parse(JSON.stringify(Object.assign({}, one, { label: one.label + " +", label_zh: undefined })))); change(n + 1); };
    return el("div", { class: "option" },
      el("input", { class: "label", "data-at": "label" + n, "aria-label": word("name"), maxlength: 100, value: root.lang === "zh" && one.label_zh ? one.label_zh : one.label, on: { change: (event) => { one.label = event.target.value; delete one.label_zh; change(null); } } }),
      el("button", { type: "button", class: "small", title: word("duplicate"), "aria-label": word("duplicate"), on: { click: copy } }, "+"), el("button", { type: "button", class: "small", title: word("remove"), "aria-label": word("remove"), disabled: state.options.length === 1, on: { click: drop } }, "×"),
      Object.keys(one.set).map((key) => setting(one, key, n)), lever(known.options, word("add_lever"), (found) => { one.set[found.key] = found.value; change(n); }));
  }

  const meant = (found, key) => (found && either(found.meaning) !== key.split(".").at(-1) ? el("small", { class: "meant" }, either(found.meaning)) : null);
  const split = (text) => /^(-?[0-9.]+)(.*)$/.exec(text);
  function setting(one, key, n) {
    const found = known.options.find((other) => other.key === key), parts = split(String(one.set[key])), middle = found && split(found.value);
    const put = (value) => { one.set[key] = value; change(n); };
    const centre = middle && parts && middle[2].trim() === parts[2].trim() ? Number(middle[1]) : parts ? Number(parts[1]) : 0;
    const slide = (event) => { one.set[key] = Number(Number(event.target.value).toPrecision(6)) + parts[2]; event.target.previousSibling.value = one.set[key]; mark(); later(n); };
    const slider = parts && centre ? el("input", { type: "range", "data-at": "range" + n + key, "aria-label": key, min: Math.min(0, 2 * centre), max: Math.max(0, 2 * centre), step: Math.abs(centre) / 50, value: parts[1], on: { input: slide, change: draw } }) : null;
    return el("div", { class: "lever" }, el("span", { title: found ? either(found.meaning) : key }, key), el("button", { type: "button", class: "small", "aria-label": word("remove") + " " + key, on: { click: () => { delete one.set[key]; change(n); } } }, "×"), meant(found, key),
      el("input", { "data-at": "value" + n + key, "aria-label": key, value: one.set[key], on: { change: (event) => put(event.target.value) } }), slider);
  }
  function future(key) {
    const ends = state.futures[key], found = known.futures.find((other) => other.key === key);
    const end = (n) => el("input", { "data-at": "end" + n + key, "aria-label": key, value: ends[n], on: { change: (event) => { ends[n] = event.target.value; change(null); } } });
    return el("div", { class: "lever" }, el("span", { title: found ? either(found.meaning) : key }, key), el("button", { type: "button", class: "small", "aria-label": word("remove") + " " + key, on: { click: () => { delete state.futures[key]; change(null); } } }, "×"), meant(found, key), end(0), " … ", end(1));
  }
  function lever(list, called, take) {
    return el("select", { class: "add", "aria-label": called, on: { change: (event) => { const one = list.find((other) => other.key === event.target.value); if (one) take(one); } } }, el("option", { value: "" }, "+ " + called), list.map((one) => el("option", { value: one.key, title: either(one.meaning) }, one.key + " = " + one.value)));
  }

  function status() {
    if (progress.state === "running") {
      const left = progress.done ? Math.ceil((progress.seconds / progress.done) * (progress.total - progress.done)) : null, rate = progress.done ? (progress.done / progress.seconds).toPrecision(2) + "/s" : "";
      return word("working") + " " + (progress.done || 0) + "/" + progress.total + " " + rate + (left === null ? "" : " · " + left + " s " + word("left"));
    }
    return progress.state === "stopped" ? word("stopped") : progress.state === "failed" ? word("failed") : word("ready");
  }
  function fail(found) { problem = (found.error || []).map((line) => either(line)).join("\n"); calm(); }

  // ---- what happens
  let waiting = 0;
  function other() {  // whether what was run last was another question than the one on the left
    const asked = started.studies[0] && started.studies[0].state;
    return !asked || JSON.stringify(state) !== JSON.stringify(asked);
  }
  function mark() { stale = shown !== null || previewed > 0; problem = ""; remember(); }
  function later(n) { clearTimeout(waiting); waiting = setTimeout(() => preview(n), 60); }
  function change(n) {
    mark(); draw();
    clearTimeout(waiting);
    if (n !== null) preview(n);
  }
  async function preview(n) {
    const mine = ++turn;
    rail.classList.add("thinking");
    const found = await send("/api/ask", { do: "preview", state: state, option: n });
    if (mine !== turn) return;
    rail.classList.remove("thinking");
    if (found.superseded) { waiting = setTimeout(() => preview(n), 3000); return; }  // by another window
    if (found.error) return fail(found);
    previewed++; problem = "";
    show(found.document, word("preview") + " · " + state.options[n].label);
  }
  async function run() {
    turn++; problem = "";
    progress = { state: "running", done: 0, total: state.options.length * state.seeds, seconds: 0 };
    calm();
    const found = await send("/api/run", { state: state });
    if (found.error) { progress = { state: "failed" }; return fail(found); }
    stale = false; started = await (await fetch("/api/start")).json(); calm();
  }
  async function save() {
    const found = await send("/api/ask", { do: "write", state: state });
    if (found.error) return fail(found);
    const link = el("a", { download: "study.yaml", href: URL.createObjectURL(new Blob([found.text], { type: "text/yaml" })) });
    link.click();
  }
  async function restore(key) {
    const kept = started.studies.find((one) => one.key === key).state;
    await choose(kept.base, kept);
    await run();
  }
  function show(found, badge) {
    page.render(found);
    document.getElementById("head").prepend(el("p", { id: "badge", class: "badge" }, badge || ""));
  }

  function listen() {
    const events = new EventSource("/api/events");
    events.onmessage = (message) => {
      const event = JSON.parse(message.data);
      if (event.progress) { progress = event.progress; if (progress.error) problem = progress.error.map(either).join("\n"); calm(); }
      if (event.report) { shown = event.folder; if (progress.state !== "running") stale = other(); show(event.report, progress.state === "running" ? status() : ""); calm(); }
      if (event.error) fail(event);
    };
    events.onerror = () => { const line = document.getElementById("status"); if (line) line.textContent = word("lost"); };
  }

  document.addEventListener("marketsim:language", () => { remember(); draw(); });
  (async function () {
    const kept = recall();
    started = await (await fetch("/api/start")).json();
    const last = kept || (started.studies[0] && started.studies[0].state);
    rail.append(el("p", { id: "status" }, "…"));
    await choose(last ? last.base : FIRST, last);
    progress = started.progress;
    listen();
    if (progress.state === "idle" && started.results.length) {
      const found = await (await fetch("/api/result/" + started.results[0])).json();
      if (found.document && !page.report()) { shown = started.results[0]; stale = other(); show(found.document); }
    }
    if (!page.report() && progress.state !== "running") preview(0);
    calm();
  })();
})();
