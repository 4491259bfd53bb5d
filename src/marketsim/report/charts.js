"use strict";
// What each shape of chart looks like in ECharts; lines differ by dash and symbol as well as by colour.
globalThis.chartOption = (function () {
  const COLOURS = ["#0b6aa8", "#c65a11", "#2f7d4f", "#7a4a9e", "#9a7b00", "#b0375a", "#3a8a91", "#555f6b"];
  const DASHES = ["solid", "dashed", "dotted", [8, 3, 2, 3], [12, 4], [2, 2], [6, 2, 2, 2, 2, 2], [4, 6]];
  const FONT = 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif';
  const INK = "#1d2733", LINE = "#d9dfe6";

  const round = (value) => { const text = Number(value.toPrecision(3)); return Math.abs(text) >= 10000 ? text.toLocaleString("en") : String(text); };
  const base = () => ({ animation: false, textStyle: { fontFamily: FONT, color: INK }, color: COLOURS, aria: { enabled: false },
    tooltip: { trigger: "axis", renderMode: "richText", confine: true } });
  const axis = (scale, say, extra) => {
    const one = say(scale);
    return Object.assign({ type: "value", name: one.unit, nameTextStyle: { color: "#5b6775", align: "left" }, splitLine: { lineStyle: { color: LINE } },
      axisLabel: { color: "#5b6775", formatter: (value) => round(value * one.by) } }, extra);
  };
  const told = (scale, say) => (value) => { const one = say(scale); return value === null || value === undefined || Number.isNaN(value) ? "–" : round(value * one.by) + " " + one.unit; };

  // A band between two columns as one polygon.
  function band(block, days, pair, colour, opacity) {
    const known = block.rows.map((row, n) => [n, row[pair[0]], row[pair[1]]]).filter((row) => row[1] !== null && row[2] !== null);
    return { type: "custom", silent: true, z: 1, tooltip: { show: false }, data: known.length ? [[known[0][0], known[0][2]]] : [], clip: true,
      renderItem: (params, api) => {
        const upper = known.map((row) => api.coord([row[0], row[2]])), lower = known.map((row) => api.coord([row[0], row[1]])).reverse();
        return { type: "polygon", shape: { points: upper.concat(lower) }, style: { fill: colour, opacity: opacity } };
      } };
  }

  function days(block, say) {
    const how = block.how, dates = block.rows.map((row) => row[0]), series = [], many = how.lines.length > 1;
    how.lines.forEach((line, n) => {
      line.bands.forEach((pair, m) => series.push(band(block, dates, pair, COLOURS[n % 8], m ? 0.16 : 0.09)));
      const last = block.rows.map((row) => row[line.column]).findLastIndex((value) => value !== null);
      series.push({ type: "line", name: say(line.name), data: block.rows.map((row) => row[line.column]), connectNulls: true, showSymbol: false, z: 3, symbol: "none",
        lineStyle: { width: 2, type: DASHES[n % 8] }, itemStyle: { color: COLOURS[n % 8] }, tooltip: { valueFormatter: told(how.scale, say) },
        endLabel: { show: many && last >= 0, formatter: say(line.name), color: COLOURS[n % 8], width: 110, overflow: "truncate" }, labelLayout: { moveOverlap: "shiftY" },
        markLine: n === 0 && how.level ? { silent: true, symbol: "none", data: [{ yAxis: how.level.value }], lineStyle: { type: "dashed", color: "#c65a11" },
          label: { formatter: say(how.level.name), position: "insideStartTop", color: "#8f3f09", backgroundColor: "rgba(255, 255, 255, 0.85)", padding: [1, 4] } } : undefined });
    });
    const bars = how.bars || [], height = bars.length ? 338 : 268;
    const upper = { left: 62, right: many ? 130 : 20, top: 52, height: 160 };
    const option = Object.assign(base(), { grid: [upper], xAxis: [{ type: "category", data: dates, axisLabel: { color: "#5b6775", hideOverlap: true } }],
      yAxis: [axis(how.scale, say)], series: series, legend: { type: "scroll", top: 0, left: 90, right: 20, textStyle: { width: 150, overflow: "truncate" }, data: how.lines.map((line) => say(line.name)).concat(bars.map((bar) => say(bar.name))) } });
    if (bars.length) {
      option.grid.push({ left: 62, right: upper.right, top: 258, height: 50 });
      option.xAxis[0].axisLabel = { show: false };
      option.xAxis.push({ type: "category", data: dates, gridIndex: 1, axisLabel: { color: "#5b6775", hideOverlap: true } });
      option.yAxis.push(axis(how.bar_scale, say, { gridIndex: 1, splitNumber: 2 }));
      bars.forEach((bar) => series.push({ type: "bar", name: say(bar.name), xAxisIndex: 1, yAxisIndex: 1, itemStyle: { color: "#8aa7bd" }, data: block.rows.map((row) => row[bar.column]), tooltip: { valueFormatter: told(how.bar_scale, say) } }));
    }
    return { option: option, height: height };
  }

  function bars(block, say) {
    const how = block.how, rows = block.rows;
    return { height: 40 + rows.length * 38, option: Object.assign(base(), {
      tooltip: { show: false }, grid: { left: 150, right: 150, top: 6, bottom: 24 },
      xAxis: axis(how.scale, say, { name: "", splitNumber: 4 }), yAxis: { type: "category", inverse: true, data: rows.map((row) => say(row[0])), axisTick: { show: false }, axisLabel: { color: INK } },
      series: [{ type: "bar", barMaxWidth: 24, data: rows.map((row, n) => ({ value: row[1], itemStyle: { color: ["#b9c3cd", "#0b6aa8", "#7fb08a"][n % 3] } })),
        label: { show: true, position: "right", color: INK, formatter: (found) => say(how.texts[found.dataIndex]) } }] }) };
  }

  // Steps that start where the one before ended, and their sum.
  function waterfall(block, say) {
    const how = block.how, tell = told(how.scale, say);
    const rows = block.rows.slice().sort((one, other) => other[1] - one[1]), steps = [];
    let from = 0;
    for (const [name, value] of rows) { steps.push([from, from + value, value, name]); from += value; }
    steps.push([0, from, from, how.total]);
    const largest = Math.max(...steps.map((step) => Math.abs(step[2])));
    const colour = (n, value) => (n === steps.length - 1 ? "#555f6b" : value > 0 ? "#c65a11" : "#2f7d4f");
    return { height: 330, option: Object.assign(base(), {
      tooltip: { trigger: "item", renderMode: "richText", confine: true, formatter: (found) => say(steps[found.dataIndex][3]) + "  " + tell(steps[found.dataIndex][2]) },
      grid: { left: 70, right: 20, top: 34, bottom: 80 }, yAxis: axis(how.scale, say),
      xAxis: { type: "category", data: steps.map((step) => say(step[3])), axisLabel: { interval: 0, rotate: 45, color: INK } },
      series: [{ type: "custom", encode: { x: 0, y: [1, 2] }, data: steps.map((step, n) => [n, step[0], step[1]]),
        renderItem: (params, api) => {
          const n = params.dataIndex, a = api.coord([n, steps[n][0]]), b = api.coord([n, steps[n][1]]), wide = api.size([1, 0])[0] * 0.7, top = Math.min(a[1], b[1]);
          return { type: "group", children: [
            { type: "rect", shape: { x: a[0] - wide / 2, y: top, width: wide, height: Math.max(1, Math.abs(a[1] - b[1])) }, style: { fill: colour(n, steps[n][2]) } },
            { type: "text", style: { text: wide < 24 && Math.abs(steps[n][2]) < largest / 25 ? "" : (steps[n][2] > 0 ? "+" : steps[n][2] < 0 ? "−" : "") + round(Math.abs(steps[n][2]) * say(how.scale).by), x: a[0], y: top - 12, align: "center", fill: INK, font: "10px sans-serif" } }] };
        } }] }) };
  }

  // Nodes go by side and key, not by name: two of one name stay two, and who both sells and buys stands on either side.
  function flows(block, say) {
    const how = block.how, tell = told(how.scale, say), names = new Map(), sums = new Map();
    how.sides.forEach((pair, n) => pair.forEach((id, side) => { names.set(id, say(block.rows[n][side])); const at = id + side; sums.set(at, (sums.get(at) || 0) + block.rows[n][2]); }));
    const many = Math.max(...[0, 1].map((side) => new Set(how.sides.map((pair) => pair[side])).size));
    const sum = (id) => sums.get(id + "0") || sums.get(id + "1");
    const title = (found) => found.dataType === "edge" ? names.get(found.data.source) + " → " + names.get(found.data.target) : names.get(found.name);
    return { height: Math.max(220, 40 + 32 * many), option: Object.assign(base(), {
      tooltip: { trigger: "item", renderMode: "richText", confine: true, formatter: (found) => title(found) + "  " + tell(found.dataType === "edge" ? found.data.value : sum(found.name)) },
      series: [{ type: "sankey", left: 190, right: 190, top: 12, bottom: 12, nodeGap: 14, nodeWidth: 12, draggable: false, emphasis: { focus: "adjacency" },
        data: [...names.keys()].map((id) => ({ name: id, itemStyle: { color: id === "market" ? "#555f6b" : id[0] === "s" ? "#c65a11" : "#0b6aa8" }, label: { position: id[0] === "s" ? "left" : "right" } })),
        links: how.sides.map((pair, n) => ({ source: pair[0], target: pair[1], value: block.rows[n][2] })),
        lineStyle: { color: "#8aa7bd", opacity: 0.4 }, label: { color: INK, width: 180, overflow: "truncate", formatter: (found) => names.get(found.name) + (found.name === "market" ? "" : " " + tell(sum(found.name))) } }] }) };
  }

  const shapes = { days: days, bars: bars, waterfall: waterfall, flows: flows };
  return (block, say) => shapes[block.shape](block, say);
})();
