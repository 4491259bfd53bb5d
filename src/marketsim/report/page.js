"use strict";
// Draws a report (`marketsim.report/1`) in one of its two languages; all text goes in as text, never as markup.
globalThis.marketsim = (function () {
  const root = document.documentElement, charts = [];
  let report = null;
  const at = () => (root.lang === "zh" ? 0 : 1);
  const say = (words) => (words ? words[at()] : "");
  const word = (key) => say(report.words[key]);

  function el(tag, attributes, ...children) {
    const node = tag === "svg" || svgTags.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key === "on") for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
      else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
    }
    for (const child of children.flat(9)) if (child !== null && child !== undefined && child !== "") node.append(child);
    return node;
  }
  const svgTags = new Set(["rect", "line", "circle", "path", "text", "g"]);

  // One cell: nothing, words, or a figure with its exact value.
  function cell(found) {
    if (found === null || found === undefined) return "–";
    if (Array.isArray(found)) return say(found);
    const inner = found.value === undefined ? el("span", { class: found.css }, say(found.text)) : el("data", { value: found.value, class: found.css }, say(found.text));
    return found.note ? [inner, el("small", {}, say(found.note))] : inner;
  }

  function plain(found) {
    if (found === null || found === undefined) return "";
    if (Array.isArray(found)) return say(found);
    if (typeof found === "object") return found.value !== undefined ? found.value : say(found.text);
    return found;
  }

  // A spreadsheet would run a text that begins like a formula.
  function csvCell(found) {
    const value = plain(found);
    if (typeof value === "number") return String(value);
    const text = /^[=+@\t\r\0-]/.test(value) && !/^-?[0-9.]+(e[+-]?[0-9]+)?$/i.test(value) ? "'" + value : String(value);
    return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  }

  function csv(block) {
    const head = block.columns || block.head;
    return [head, ...block.rows].map((row) => row.map(csvCell).join(",")).join("\n") + "\n";
  }

  function csvButton(block) {
    const save = () => {
      const link = el("a", { download: block.name + ".csv", href: URL.createObjectURL(new Blob([csv(block)], { type: "text/csv;charset=utf-8" })) });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    };
    return el("button", { class: "csv", type: "button", "aria-label": "CSV " + block.name, on: { click: save } }, "CSV");
  }

  function table(head, rows) {
    const line = (row) => el("tr", {}, row.map((found, n) => (n ? el("td", {}, cell(found)) : el("th", { scope: "row" }, cell(found)))));
    return el("div", { class: "wide", tabindex: "0" }, el("table", {}, el("thead", {}, el("tr", {}, head.map((found) => el("th", { scope: "col" }, cell(found))))), el("tbody", {}, rows.map(line))));
  }

  const draw = {
    text: (block) => el("p", { class: block.css }, say(block.text)),
    notice: (block) => el("div", { class: "notice", role: "note" }, block.lines.map((line) => el("p", {}, say(line)))),
    list: (block) => el("ul", {}, block.items.map((item) => el("li", {}, say(item)))),
    code: (block) => el("pre", { tabindex: "0" }, block.text),
    details: (block) => el("details", {}, el("summary", {}, say(block.summary)), blocks(block.blocks)),
    cards: (block) => el("div", { class: "cards" }, block.cards.map((card) => el("div", { class: "card" }, el("b", {}, cell(card.figure)), el("span", {}, say(card.name))))),
    table: (block) => el("div", { class: "framed" }, csvButton(block), table(block.head, block.rows)),
    score: score,
    maps: (block) => [el("div", { class: "maps" }, block.maps.map(tiles)), legend(block)],
    tabs: tabs,
    chart: chart,
  };

  const blocks = (list) => list.map((block) => draw[block.kind](block));

  // Side by side where that fits; else option under option, so that none stands beyond the edge.
  function score(block) {
    const tall = block.options.length > 4 || innerWidth < 700;
    const who = (n) => [el("i", { class: "key key" + (n % 8) }), say(block.options[n])];
    const rows = block.rows.map((row) => el("tr", {}, el("th", { scope: "row" }, say(row.name), el("small", {}, say(row.better))), row.cells.map((one, n) => el("td", {}, tall ? el("div", { class: "who" }, who(n)) : null, scoreCell(one, row)))));
    const head = el("tr", {}, el("td", {}), block.options.map((option, n) => el("th", { scope: "col" }, who(n))));
    const flat = { name: block.name, head: ["", ...block.options.flatMap((o) => [o, "5%", "95%", "?"])], rows: block.rows.map((row) => [row.name, ...row.cells.flatMap((one) => (one.found ? [one.found.median.value, one.found.low, one.found.high, one.word] : ["", "", "", ""]))]) };
    return el("div", { class: "framed" }, csvButton(flat), el("div", { class: "wide", tabindex: "0" }, el("table", { class: tall ? "score tall" : "score" }, tall ? null : el("thead", {}, head), el("tbody", {}, rows))));
  }

  // All intervals of a row stand on one axis.
  function scoreCell(one, row) {
    if (!one.found) return "–";
    const x = (value) => (row.high > row.low ? 6 + (148 * (value - row.low)) / (row.high - row.low) : 80);
    const mark = one.mark ? el("b", { class: "mark " + one.mark }, one.mark === "best" ? "✓ " : "≈ ", say(one.word)) : null;
    const strip = el("svg", { viewBox: "0 0 160 16", class: "strip", role: "img", "aria-label": say(one.found.between) },
      el("line", { x1: 2, x2: 158, y1: 8, y2: 8, class: "axis" }), el("line", { x1: x(one.found.low), x2: x(one.found.high), y1: 8, y2: 8, class: "span" }), el("circle", { cx: x(one.found.at), cy: 8, r: 4.5 }));
    return [el("div", {}, cell(one.found.median), " ", mark), strip, el("small", {}, say(one.found.between))];
  }

  function tiles(block) {
    const wide = 84, tall = 52, gap = 5, parts = [], shapes = block.shapes || {};
    const drawn = Object.keys(shapes).length > 0;
    for (const tile of block.tiles) {
      const x = tile.col * (wide + gap) + gap, y = tile.row * (tall + gap) + gap, high = tile.height * (tall + gap) - gap;
      const shape = shapes[tile.key], middle = shape ? shape.middle : [x + wide / 2, y + high / 2];
      if (drawn && !shape) continue;
      parts.push(shape ? el("path", { d: shape.path, class: "tile " + tile.css, "fill-rule": "evenodd" }) : el("rect", { x: x, y: y, width: wide, height: high, rx: 4, class: "tile " + tile.css }));
      parts.push(el("text", { x: middle[0], y: middle[1] - 3, class: "name " + tile.css + "-text", textLength: say(tile.name).length > 12 ? wide - 8 : null, lengthAdjust: "spacingAndGlyphs" }, say(tile.name)), el("text", { x: middle[0], y: middle[1] + 13, class: "small " + tile.css + "-text" }, say(tile.text)));
    }
    const columns = Math.max(...block.tiles.map((t) => t.col)) + 1, rows = Math.max(...block.tiles.map((t) => t.row + t.height));
    const box = drawn ? "0 0 600 500" : "0 0 " + (columns * (wide + gap) + gap) + " " + (rows * (tall + gap) + gap);
    const told = say(block.title) + ": " + block.tiles.filter((t) => say(t.text)).map((t) => say(t.name) + " " + say(t.text)).join(", ");
    return el("figure", {}, el("h3", {}, say(block.title)), el("svg", { viewBox: box, role: "img", "aria-label": told }, parts));
  }

  const legend = (block) => el("p", { class: "legend" }, say(block.note));

  let made = 0;
  const tabbed = [];
  function tabs(block) {
    let chosen = 0;
    const id = "tabs" + made++, panel = el("div", { role: "tabpanel", id: id, tabindex: "0" });
    const choose = (n, focus) => {
      chosen = n;
      list.forEach((tab, m) => { tab.setAttribute("aria-selected", String(m === n)); tab.tabIndex = m === n ? 0 : -1; });
      dispose(panel);
      panel.replaceChildren(...blocks(block.tabs[n].blocks).flat(9));
      if (focus) list[n].focus();
      settle();
    };
    const keys = (event, n) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) choose((n + step + list.length) % list.length, true);
    };
    const list = block.tabs.map((tab, n) => el("button", { type: "button", role: "tab", "aria-controls": id, on: { click: () => choose(n), keydown: (event) => keys(event, n) } }, say(tab.name)));
    choose(0);
    const all = () => {
      dispose(panel);
      panel.replaceChildren(...block.tabs.map((tab) => el("div", { class: block.sheets ? "sheet" : "leaf" }, el("h3", {}, say(tab.name)), blocks(tab.blocks))));
    };
    tabbed.push({ all: all, back: () => choose(chosen) });
    return el("div", { class: "tabbed" }, el("div", { role: "tablist", "aria-label": say(block.name) }, list), panel);
  }

  function chart(block) {
    const place = el("div", { class: "chart " + block.shape, role: "img", "aria-label": say(block.title) });
    charts.push({ block: block, place: place, chart: null });
    return el("figure", { class: "framed" }, el("h3", {}, say(block.title)), csvButton(block), place);
  }

  // Charts are drawn once they stand in the page, and only when they come near the window.
  const seen = new IntersectionObserver((entries) => entries.forEach((entry) => entry.isIntersecting && show(charts.find((one) => one.place === entry.target))), { rootMargin: "400px" });
  function settle() { if (globalThis.echarts) for (const one of charts) if (!one.chart && one.place.isConnected) seen.observe(one.place); }
  function show(one, width) {
    if (!one || one.chart || !one.place.isConnected) return;
    seen.unobserve(one.place);
    const option = chartOption(one.block, say);
    one.place.style.height = option.height + "px";
    one.chart = echarts.init(one.place, null, { renderer: "svg", width: width || one.place.clientWidth || 900, height: option.height });
    one.chart.setOption(option.option);
  }
  function dispose(within) {
    for (let n = charts.length - 1; n >= 0; n--) {
      if (!within.contains(charts[n].place)) continue;
      if (charts[n].chart) charts[n].chart.dispose();
      charts.splice(n, 1);
    }
  }
  function refit(width) {
    for (const one of charts) {
      show(one, width);
      if (!one.chart) continue;
      one.chart.resize({ width: width || one.place.clientWidth });
      one.chart.getZr().flush();  // paper does not wait for the next frame
    }
  }

  function render(found) {
    report = found || report;
    const main = document.getElementById("main"), head = document.getElementById("head");
    dispose(main);
    tabbed.length = 0;
    document.title = say(report.title) + " · marketsim";
    head.replaceChildren(el("button", { id: "switch", type: "button", lang: root.lang === "zh" ? "en" : "zh", on: { click: () => speak(root.lang === "zh" ? "en" : "zh") } }, word("in_language")),
      el("p", { class: "fine" }, "marketsim · " + report.period), el("h1", {}, say(report.title)));
    const parts = report.sections.map((one) => el("section", { id: one.key, "aria-labelledby": "h-" + one.key }, el("h2", { id: "h-" + one.key }, say(one.title)), blocks(one.blocks)));
    main.replaceChildren(...blocks(report.notices), ...parts);
    settle();
  }

  function speak(lang) {
    root.lang = lang;
    const address = new URLSearchParams(location.hash.slice(1));
    address.delete("zh"); address.delete("en"); address.set("lang", lang);
    history.replaceState(null, "", "#" + address);
    render();
    document.dispatchEvent(new Event("marketsim:language"));
  }

  const asked = new URLSearchParams(location.hash.slice(1));
  for (const lang of ["zh", "en"]) if (asked.has(lang) || asked.get("lang") === lang) root.lang = lang;
  let waiting = 0;
  addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(refit, 100); });
  addEventListener("beforeprint", () => { tabbed.forEach((one) => one.all()); refit(640); });  // paper has no tabs: every one is printed
  addEventListener("afterprint", () => { tabbed.forEach((one) => one.back()); refit(); });
  const data = document.getElementById("page");
  if (data) render(JSON.parse(data.textContent));
  addEventListener("load", settle);
  return { render: render, el: el, say: say, word: word, csv: csv, report: () => report };
})();
