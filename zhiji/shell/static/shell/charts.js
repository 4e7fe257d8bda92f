/* Draws every figure[data-chart] with ECharts, which is fetched only where there is one.
   The option comes from the page as JSON; colours, text, tooltip and grid follow the theme. */
(function () {
  "use strict";

  const source = document.currentScript.dataset.echarts;
  const drawn = new Map();
  let fetched = null;

  function echarts() {
    fetched = fetched || new Promise((done, fail) => {
      const script = document.createElement("script");
      script.src = source;
      script.onload = () => done(window.echarts);
      script.onerror = fail;
      document.head.append(script);
    });
    return fetched;
  }

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const PALETTE = ["--zj-c1", "--zj-c2", "--zj-c3", "--zj-c4", "--zj-c5", "--zj-c6", "--zj-c7", "--zj-c8"];

  /* Numbers as the pages write them: 1.23万, ¥1,234.50, 12.3%. */
  function short(value) {
    const size = Math.abs(value);
    const places = size < 10 ? 2 : size < 100 ? 1 : 0;
    return value.toLocaleString("en-US", { maximumFractionDigits: places });
  }
  const words = () => document.getElementById("zj-words").dataset;
  function big(value) {
    const number = Number(value);
    if (value === null || value === undefined || value === "-" || Number.isNaN(number)) return "–";
    const size = Math.abs(number);
    if (document.documentElement.lang.startsWith("zh")) {
      if (size >= 1e8) return short(number / 1e8) + "亿";
      if (size >= 1e4) return short(number / 1e4) + "万";
    } else {
      if (size >= 1e9) return short(number / 1e9) + "B";
      if (size >= 1e6) return short(number / 1e6) + "M";
      if (size >= 1e4) return short(number / 1e3) + "K";
    }
    return short(number);
  }
  const FORMATS = {
    $big: big,
    $money: (value) => words().sign + big(value),
    $percent: (value) => (value === null || value === undefined ? "–" : short(Number(value) * 100) + "%"),
  };

  /* "$blue" in any colour becomes the theme's; "$big" in a formatter becomes the function. */
  function themed(value, key) {
    if (Array.isArray(value)) return value.map((item) => themed(item, key));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, themed(part, name)]));
    }
    if (typeof value === "string" && value.startsWith("$")) {
      if ((key === "formatter" || key === "valueFormatter") && FORMATS[value]) return FORMATS[value];
      const name = value.slice(1);
      return colour("--zj-" + name) || value;
    }
    return value;
  }

  const list = (value) => (Array.isArray(value) ? value : value ? [value] : []);

  function dress(option) {
    const text = colour("--zj-muted");
    const line = colour("--zj-line");
    const quiet = (axis) => ({
      ...axis,
      axisLine: { show: false, ...axis.axisLine },
      axisTick: { show: false, ...axis.axisTick },
      splitLine: { show: axis.type === "value" || axis.type === undefined, lineStyle: { color: line }, ...axis.splitLine },
      axisLabel: { color: text, fontSize: 11, ...(axis.type === "value" && !axis.axisLabel ? { formatter: big } : {}), ...axis.axisLabel },
      nameTextStyle: { color: text, ...axis.nameTextStyle },
    });
    const look = { ...option };
    look.color = look.color || PALETTE.map(colour);
    look.backgroundColor = look.backgroundColor || "transparent";
    look.animationDuration = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 250;
    look.textStyle = { fontFamily: getComputedStyle(document.body).fontFamily, color: colour("--zj-text"), ...look.textStyle };
    const cross = list(look.series).some((series) => ["bar", "line"].includes(series.type));
    look.tooltip = {
      trigger: cross ? "axis" : "item",
      ...(cross ? { axisPointer: { type: "line", lineStyle: { color: line } } } : {}),
      backgroundColor: colour("--zj-tip"),
      borderColor: line,
      textStyle: { color: colour("--zj-text"), fontSize: 12 },
      confine: true,
      ...look.tooltip,
      renderMode: "richText", /* HTML tooltips need inline styles, which the security policy forbids */
    };
    if (look.legend) {
      look.legend = list(look.legend).map((legend) => ({ top: 0, left: 0, itemWidth: 10, itemHeight: 10, icon: "roundRect", textStyle: { color: text }, ...legend }));
    }
    if (look.xAxis || look.yAxis) {
      look.grid = look.grid || { left: 8, right: 12, top: look.legend ? 36 : 16, bottom: 6, outerBoundsMode: "same", outerBoundsContain: "axisLabel" };
      look.xAxis = list(look.xAxis || {}).map(quiet);
      look.yAxis = list(look.yAxis || {}).map(quiet);
    }
    if (look.visualMap) look.visualMap = list(look.visualMap).map((map) => ({ textStyle: { color: text }, ...map }));
    return look;
  }

  async function draw(figure) {
    const holder = figure.querySelector("[data-chart-canvas]");
    const option = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
    const library = await echarts();
    if (!holder.isConnected) return;
    const old = library.getInstanceByDom(holder);
    if (old) old.dispose();
    const chart = library.init(holder, null, { renderer: "canvas" });
    chart.setOption(dress(themed(option)));
    chart.on("click", (event) => {
      const url = event.data && event.data.url;
      if (url) location.assign(url);
    });
    drawn.set(holder, chart);
    watcher.observe(holder);
  }

  const watcher = new ResizeObserver((entries) => {
    entries.forEach(({ target, contentRect }) => {
      const chart = drawn.get(target);
      if (chart && contentRect.width) chart.resize();
    });
  });

  function drawAll(root) {
    const figures = [...root.querySelectorAll("figure[data-chart]")];
    if (root.matches && root.matches("figure[data-chart]")) figures.push(root);
    figures.forEach(draw);
    drawn.forEach((chart, holder) => {
      if (!holder.isConnected) {
        watcher.unobserve(holder);
        chart.dispose();
        drawn.delete(holder);
      }
    });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-chart-switch]");
    if (!button) return;
    const figure = button.closest("figure");
    const table = figure.querySelector("[data-chart-table]");
    const canvas = figure.querySelector("[data-chart-canvas]");
    const showTable = table.hidden;
    table.hidden = !showTable;
    canvas.hidden = showTable;
    button.setAttribute("aria-pressed", String(showTable));
    button.title = showTable ? words().chart : words().table;
  });
  /* A picture that changes under the hand: dispatch "zj:chart" on its figure with another option as detail. */
  document.addEventListener("zj:chart", (event) => {
    const figure = event.target, chart = drawn.get(figure.querySelector("[data-chart-canvas]"));
    document.getElementById(figure.dataset.chart).textContent = JSON.stringify(event.detail);
    if (chart) chart.setOption(dress(themed(event.detail)), { replaceMerge: ["series"] });
  });
  document.addEventListener("htmx:load", (event) => event.target !== document.body && drawAll(event.target));
  document.addEventListener("zj:theme", () => document.querySelectorAll("figure[data-chart]").forEach(draw));
  drawAll(document.body);
})();
