"use strict";
// Shows the chosen page for the chosen language, period and scope. All rows are in the page: nothing is
// fetched. Texts are put in as text, never as HTML.
(async () => {
  if (!("DecompressionStream" in window)) { document.getElementById("old").hidden = false; return; }
  const packed = Uint8Array.from(atob(document.getElementById("report-data").textContent), (one) => one.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const report = JSON.parse(await new Response(unpacked).text());
  const THIN = "\u202f", NONE = "—", UP = "▲", DOWN = "▼";
  const MARKS = { green: "✓", yellow: "!", red: "✗", none: "·" };
  const state = { ...report.choice, department: "", team: "", manager: "" };
  const $ = (id) => document.getElementById(id);

  // Datasets as lists of objects.
  const data = Object.fromEntries(Object.entries(report.data).map(([name, { columns, rows }]) =>
    [name, rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])))]));
  const scopes = new Map(data.scope.map((one) => [one.scope, one]));

  // Words and formats; formats.py writes the same texts.
  const has = (key) => key in report.words;
  const t = (key, values = {}) => (has(key) ? report.words[key][state.language] : key)
    .replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  const listed = (prefix, value) => has(`${prefix}.${value}`) ? t(`${prefix}.${value}`) : String(value);

  function number(value, digits) {
    let text = Math.abs(value).toFixed(digits);
    let [whole, part] = text.split(".");
    whole = whole.replace(/\B(?=(\d{3})+$)/g, state.language === "ru" ? THIN : ",");
    text = part ? whole + (state.language === "ru" ? "," : ".") + part : whole;
    return value < 0 && /[1-9]/.test(text) ? "−" + text : text;
  }
  const utc = (iso) => new Date(iso.slice(0, 10) + "T00:00:00Z");
  const month = (when) => t("months").split(" ")[when.getUTCMonth()];
  const two = (value) => String(value).padStart(2, "0");
  function day(iso) {
    const when = utc(iso);
    return state.language === "ru"
      ? `${two(when.getUTCDate())}.${two(when.getUTCMonth() + 1)}.${when.getUTCFullYear()}`
      : `${when.getUTCDate()} ${month(when).slice(0, 3)} ${when.getUTCFullYear()}`;
  }
  function period(grain, iso) {
    const when = utc(iso);
    if (grain === "month") return `${month(when)} ${when.getUTCFullYear()}`;
    if (grain === "quarter") return `${t("quarter_short")}${Math.floor(when.getUTCMonth() / 3) + 1} ${when.getUTCFullYear()}`;
    return (grain === "week" ? t("week_from") + " " : "") + day(iso);
  }
  function short(grain, iso) {
    const when = utc(iso);
    if (grain === "month") return `${month(when).slice(0, 3)} ${two(when.getUTCFullYear() % 100)}`;
    return state.language === "ru" ? `${two(when.getUTCDate())}.${two(when.getUTCMonth() + 1)}`
      : `${when.getUTCDate()} ${month(when).slice(0, 3)}`;
  }
  function shown(value, format) {
    if (value === null || value === undefined || value === "") return NONE;
    if (format.startsWith("word:")) return listed(format.slice(5), value);
    const size = Math.abs(value);
    switch (format) {
      case "share": case "change":
        return (format === "change" && value > 0 ? "+" : "") + number(100 * value, size >= 0.1 || value === 0 ? 0 : 1) + THIN + "%";
      case "percent": return number(value, 1) + THIN + "%";
      case "count": case "money": return number(value, 0);
      case "ratio": return number(value, 2);
      case "number": case "minutes": case "days": case "hours": return number(value, size >= 100 || Number.isInteger(value) ? 0 : 1);
      case "date": return day(value);
      case "checks": return value.split(/, ?/).map(check).join("; ");
      case "mark": return value ? t("yes") : "";
      case "colour": return `${MARKS[value]} ${t("colour." + value)}`;
    }
    return String(value);
  }
  const FAMILIES = [[/_equals?_/, "check.totals"], [/_in_base$/, "check.in_base"]];
  function check(name) {
    const [id, entity] = name.split(":");
    const family = FAMILIES.find(([pattern]) => pattern.test(id));
    const text = !has("check." + id) && family ? t(family[1]) : listed("check", id);
    return entity ? `${listed("entity", entity)}: ${text}` : text;
  }
  // A sign of per cent stays with its number.
  const sentence = (row, field) => (row[`${field}_${state.language}`] ?? "").replaceAll(" %", THIN + "%");
  const heading = (one) => t(one.word) + (one.format === "money" && report.about.currency ? `, ${report.about.currency}` : "");
  function cell(row, column) {
    if (column.is_of_open && row.is_over) return t("over");
    if (column.format === "period") return period(row.grain ?? "month", row[column.field]);
    if (column.format === "sentence") return sentence(row, column.field) || NONE;
    const isUnit = column.format === "unit";
    const format = isUnit ? ({ share: "share", ratio: "ratio", base_currency: "money" }[row.unit] ?? "number") : column.format;
    let text = shown(row[column.field], format);
    if (column.low && row[column.low] !== null && row[column.field] !== null)
      text += ` (${shown(row[column.low], format)}\u2060–\u2060${shown(row[column.high], format)})`;
    if (column.beside && row[column.beside] !== null) text += ` (${shown(row[column.beside], format)})`;
    if (!isUnit || row[column.field] === null) return text;
    const unit = row.unit === "base_currency" ? report.about.currency : has("unit." + row.unit) ? t("unit." + row.unit) : "";
    return unit ? `${text} ${unit}` : text;
  }

  // The choice: choice.py does the same for the default one.
  const scopeKey = () => state.manager || state.team || state.department || "company:company";
  const chosenMonth = () => data.period.find((one) => one.grain === state.grain && one.period === state.period).month;
  function pick(block) {
    const wanted = { grain: state.grain, period: state.period, month: chosenMonth(), scope: scopeKey(), pipeline_id: state.pipeline };
    // Without any pipeline there is none to choose.
    const keys = block.pick.filter((key) => key !== "member" && (key !== "pipeline" || state.pipeline !== null)).map((key) => key === "pipeline" ? "pipeline_id" : key);
    const members = block.pick.includes("member") && scopeKey() !== "company:company"
      ? new Set(scopes.get(scopeKey()).members) : null;
    return data[block.data].filter((row) => keys.every((key) => row[key] === wanted[key])
      && Object.entries(block.where).every(([key, value]) => row[key] === value)
      && (!members || members.has(row.manager_id))).slice(0, block.limit ?? undefined);
  }
  const brief = (block, rows) => block.is_brief
    ? rows.filter((row) => row.period === report.about.as_of || (row.score !== null && row.score < 1)) : rows;
  const scopeName = (one) => one.scope_type === "company" ? t("company") : listed("scope", one.name);
  function caption(block) {
    const parts = [];
    if (block.pick.includes("period")) parts.push(period(state.grain, state.period));
    else if (block.pick.includes("month")) parts.push(period("month", chosenMonth()));
    else if (block.pick.includes("grain")) parts.push(t("by." + state.grain));
    const follows = block.pick.includes("scope") || block.pick.includes("member");
    parts.push(follows ? scopeName(scopes.get(scopeKey()) ?? { scope_type: "company" }) : t("company"));
    if (!follows && scopeKey() !== "company:company") parts.push(t("not_by_scope"));
    parts.push(`${t("as_of")} ${day(report.about.as_of)}`);
    return parts.join(" · ");
  }
  function reason(block) {
    const mart = block.marts.find((one) => one in report.lacking);
    if (mart) return t("empty.no_source", { entity: listed("entity", report.lacking[mart]) });
    if (block.empty) return t(block.empty);
    if (data[block.data].length) return t("empty.choice");
    if (block.unfilled) return t(block.unfilled);
    return t(report.without_rows.includes(block.marts[0]) ? "empty.mart" : "empty.block", { mart: block.marts[0] });
  }

  // Elements.
  function element(name, attributes = {}, ...children) {
    const one = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (value !== false && value !== "") one.setAttribute(key, value === true ? "" : value);
    one.append(...children);
    return one;
  }
  function table(block, rows, labelledBy) {
    const kind = (column) => column.format.split(":")[0];
    const classes = (column, row) => {
      const coloured = kind(column) === "colour" ? column.field : column.colour;
      return kind(column) + (coloured ? ` colour ${row[coloured]}` : "");
    };
    const columns = block.columns.filter((column) => (!column.is_of_open || !rows.every((row) => row.is_over))
      && (!column.is_rare || rows.some((row) => row[column.field])));
    const head = element("thead", {}, element("tr", {}, ...columns.map((column) =>
      element("th", { scope: "col", class: kind(column) }, heading(column)))));
    const body = element("tbody", {}, ...rows.map((row) =>
      element("tr", { class: [row.is_low_n && "low", row.is_preliminary && "preliminary"].filter(Boolean).join(" ") },
        ...columns.map((column, i) => element(i ? "td" : "th", {
          ...(i ? {} : { scope: "row" }),
          class: classes(column, row) }, cell(row, column))))));
    return element("div", { class: "scroll", tabindex: "0", role: "group", "aria-labelledby": labelledBy },
      element("table", {}, head, body));
  }
  function tiles(block, row) {
    return element("dl", { class: "tile-list" + (row.is_preliminary ? " preliminary" : "") }, ...block.tiles.map((tile) => {
      const now = row[tile.field];
      const changes = [["previous", "to_previous"], ["year_ago", "to_year_ago"]].filter(([name]) => tile[name] && row[tile[name]] !== null).map(([name, label]) => {
        const before = row[tile[name]];
        const change = now !== null && before ? (now - before) / before : null;
        const kind = !tile.good || !change ? "" : (change > 0) === (tile.good === "up") ? "good" : "bad";
        const arrow = !change ? "" : change > 0 ? UP + " " : DOWN + " ";
        return element("dd", { class: "change" }, element("b", { class: kind }, arrow + shown(change, "change")), ` ${t(label)} (${shown(before, tile.format)})`);
      });
      const counts = Object.fromEntries(Object.keys(row).map((name) => [name, shown(row[name], "count")]));
      const note = tile.note && (!tile.noted || row[tile.noted]) ? [element("dd", { class: "note" }, t(tile.note, counts))] : [];
      return element("div", { class: "tile" }, element("dt", {}, heading(tile)),
        element("dd", { class: "figure", "data-field": tile.field }, shown(now, tile.format)), ...note, ...changes);
    }));
  }
  function sentences(rows) {
    return element("ol", { class: "sentence-list" }, ...rows.map((row) => element("li", { class: row.severity },
      element("b", {}, t("severity." + row.severity)), " " + sentence(row, "sentence"),
      ...(row.since ? [element("span", { class: "since" }, ` ${t(row.is_since_known ? "since" : "since_at_least")} ${day(row.since)}`)] : []))));
  }

  // Charts.
  const locale = () => ({ decimal: state.language === "ru" ? "," : ".", thousands: state.language === "ru" ? "\u00a0" : ",", grouping: [3], currency: ["", ""] });
  const CONFIG = {
    font: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif", background: null, view: { stroke: null },
    axis: { labelSeparation: 8, labelFontSize: 12, titleFontSize: 12, titleFontWeight: 500, gridColor: "#e7e7e2", domainColor: "#999", tickColor: "#999", labelColor: "#333", titleColor: "#333" },
    legend: { orient: "top", labelFontSize: 12, symbolSize: 80, labelLimit: 260, columns: 3 }, bar: { color: "#0072B2" },
  };
  const NARROW = { ...CONFIG, legend: { ...CONFIG.legend, columns: 1 }, axis: { ...CONFIG.axis, labelFontSize: 11 },
    // A title that is longer than the axis goes on to the left, below the names.
    axisX: { titleAnchor: "end", titleAlign: "right", labelBound: true } };
  function translated(spec) {
    return JSON.parse(JSON.stringify(spec, (_, value) => typeof value === "string"
      ? value.replace(/t:([a-z0-9_.]+)/g, (_, key) => t(key)).replace("\u00a4", report.about.currency ? `, ${report.about.currency}` : "") : value));
  }
  function chartRows(block, rows) {
    const words = block.columns.filter((column) => column.format.startsWith("word:"));
    return rows.map((row) => {
      const one = { ...row };
      if (row.period) one.label = short(row.grain, row.period);
      for (const column of words) one[column.field] = shown(row[column.field], column.format);
      return one;
    });
  }
  // The columns whose values a chart shows: the folded ones, else the quantitative ones.
  function plotted(spec) {
    const text = JSON.stringify(spec);
    const folded = [...text.matchAll(/"fold":(\[[^\]]*\])/g)].flatMap((one) => JSON.parse(one[1]));
    return folded.length ? folded : [...text.matchAll(/"field":"(\w+)","type":"quantitative"/g)].map((one) => one[1]);
  }
  const views = new Map();
  function draw(place, block, rows, name) {
    const id = place.dataset.of;
    views.get(id)?.finalize();
    views.delete(id);
    // A step is the height of a row: the library's own steps do not fit a width.
    const step = block.spec.height?.step, names = (block.spec.layer?.[0] ?? block.spec).encoding.y.field;
    const values = chartRows(block, rows);
    const height = step ? { height: step * new Set(values.map((row) => row[names] ?? row)).size } : {};
    const spec = { width: Math.max(240, place.clientWidth || 600), autosize: { type: "fit-x", contains: "padding" },
      ...translated(block.spec), ...height, data: { values } };
    vegaEmbed(place, spec, { mode: "vega-lite", logLevel: 1, actions: false, renderer: "svg", config: place.clientWidth < 480 ? NARROW : CONFIG, formatLocale: locale() }).then((result) => {
      views.set(id, result.view);
      // The height of the whole page, for pictures of it.
      document.documentElement.dataset.height = document.documentElement.scrollHeight;
      const svg = place.querySelector("svg");
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", name);
    }).catch((error) => console.error(id, error));
  }

  function show(page) {
    const { head, blocks } = report.complete[page.id];
    const inWords = (one) => ({ ...one, score: shown(one.score, "share"), check: shown(one.check, "checks") });
    $(`${page.id}-complete`).textContent = !head ? t("complete.none")
      : t(head.score === 1 ? "complete" : page.is_of_all_marts ? "complete.marts" : "complete.blocks",
        { ...inWords(head), name: t(head.name), through: shown(head.through, "date") });
    const count = page.note ? report.about[page.note] : 0;
    $(`${page.id}-left-out`).textContent = count ? t(page.note, { count: shown(count, "count") }) : "";
    for (const block of page.blocks) {
      const id = `${page.id}-${block.id}`, place = $(id), rows = pick(block), title = t(block.title);
      place.querySelector("h2").textContent = title;
      place.querySelector(".caption").textContent = caption(block);
      place.querySelector(".incomplete").textContent = block.id in blocks ? t("complete.block", inWords(blocks[block.id])) : "";
      if (block.about) place.querySelector(".about").textContent = rows.length || !report.words[block.about][state.language].includes("{count}") ? t(block.about, { count: rows.length }) : "";
      const body = place.querySelector(".body");
      if (!rows.length) { body.replaceChildren(element("p", { class: "empty" }, reason(block))); continue; }
      if (block.kind === "tiles") body.replaceChildren(tiles(block, rows[0]));
      else if (block.kind === "sentences") body.replaceChildren(sentences(rows));
      else if (block.kind === "table") body.replaceChildren(table(block, brief(block, rows), `${id}-title`));
      else {
        const fields = plotted(block.spec);
        if (!rows.some((row) => fields.some((field) => row[field] !== null && row[field] !== undefined))) { body.replaceChildren(element("p", { class: "empty" }, t(block.unknown))); continue; }
        const chart = element("div", { class: "chart", "data-of": id });
        const wasOpen = body.querySelector("details")?.open;
        body.replaceChildren(chart, element("details", wasOpen ? { open: true } : {}, element("summary", {}, t("as_table")), table(block, brief(block, rows), `${id}-title`)));
        draw(chart, block, rows, `${title}. ${caption(block)}`);
      }
    }
  }

  // Filters.
  function options(select, choices, chosen) {
    select.replaceChildren(...choices.map(([value, text]) => {
      const one = element("option", { value }, text);
      one.value = value;
      one.selected = value === chosen;
      return one;
    }));
  }
  function segments(fieldset, choices, chosen, act) {
    const legend = fieldset.querySelector("legend");
    fieldset.replaceChildren(legend, ...choices.map(([value, text]) => {
      const input = element("input", { type: "radio", name: fieldset.id, value });
      input.checked = value === chosen;
      input.addEventListener("change", () => act(value));
      return element("label", {}, input, element("span", {}, text));
    }));
  }
  function fill() {
    const of = (type) => data.scope.filter((one) => one.scope_type === type);
    const inside = (one, key) => !key || one.members.every((member) => scopes.get(key).members.includes(member));
    const teams = of("team").filter((one) => inside(one, state.department));
    if (state.team && !teams.some((one) => one.scope === state.team)) state.team = "";
    const managers = of("manager").filter((one) => inside(one, state.team || state.department));
    if (state.manager && !managers.some((one) => one.scope === state.manager)) state.manager = "";
    const choices = (list) => [["", t("all")], ...list.map((one) => [one.scope, scopeName(one)])];
    options($("department"), choices(of("department")), state.department);
    options($("team"), choices(teams), state.team);
    options($("manager"), choices(managers), state.manager);
    const periods = data.period.filter((one) => one.grain === state.grain).reverse();
    if (!periods.some((one) => one.period === state.period)) state.period = periods[0].period;
    options($("period"), periods.map((one) => [one.period, period(one.grain, one.period) + (one.is_over ? "" : ` (${t("so_far")})`)]), state.period);
    options($("pipeline"), data.pipeline.map((one) => [one.pipeline_id, one.kind === "lead" ? t("leads") : one.name]), state.pipeline);
    $("of-pipeline").hidden = !data.pipeline.length || !current().blocks.some((block) => block.pick.includes("pipeline"));
    segments($("grain"), ["day", "week", "month"].map((one) => [one, t("grain." + one)]), state.grain, (value) => { state.grain = value; state.period = ""; update(); });
    segments($("language"), report.languages.map((one) => [one, report.words["language.name"][one]]), state.language, (value) => { state.language = value; update(); });
  }
  for (const name of ["department", "team", "manager", "period", "pipeline"])
    $(name).addEventListener("change", (event) => { state[name] = event.target.value; update(); });

  function current() { return  report.pages.find((page) => "#" + page.id === location.hash) ?? report.pages[0]; }
  function update() {
    const focused = document.activeElement;
    const refocus = focused && focused.type === "radio" ? [focused.name, focused.value] : null;
    document.documentElement.lang = state.language;
    for (const one of document.querySelectorAll("[data-word]")) one.textContent = t(one.dataset.word);
    for (const one of document.querySelectorAll("[data-label]")) one.setAttribute("aria-label", t(one.dataset.label));
    fill();
    if (refocus) [...document.getElementsByName(refocus[0])].find((one) => one.value === refocus[1])?.focus();
    $("night").textContent = `${t("as_of")} ${day(report.about.as_of)}`;
    $("foot").textContent = `${t("foot", { run: report.about.run_id, published: report.about.published_at, version: report.about.code_version })}`;
    const page = current();
    document.title = `${t("page." + page.id)}, ${report.about.company ?? "Voronka"}, ${day(report.about.as_of)}`;
    for (const one of report.pages) $(one.id).hidden = one !== page;
    for (const link of document.querySelectorAll("nav a"))
      if (link.hash === "#" + page.id) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
    show(page);
    $("said").textContent = `${t("page." + page.id)}, ${period(state.grain, state.period)}, ${scopeName(scopes.get(scopeKey()) ?? { scope_type: "company" })}`;
  }
  addEventListener("hashchange", () => { update(); scrollTo(0, 0); $(`${current().id}-title`).setAttribute("tabindex", "-1"); $(`${current().id}-title`).focus({ preventScroll: true }); });
  let resizing, width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; clearTimeout(resizing); resizing = setTimeout(update, 150); } });
  $("choices").addEventListener("submit", (event) => event.preventDefault());
  const asked = new URLSearchParams(location.search);
  if (asked.get("grain")) state.period = "";
  for (const name of ["language", "grain", "period"]) if (asked.get(name)) state[name] = asked.get(name);
  $("choices").hidden = false;
  document.documentElement.classList.add("scripted");
  update();
})();
