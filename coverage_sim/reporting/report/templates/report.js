"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const state = { language: data.languages[0], result: 0, village: null };
  const word = (key, values = {}) =>
    data.words[state.language][key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  const has = (key) => key in data.words[state.language];
  const locale = () => (state.language === "vi" ? "vi-VN" : "en-GB");
  const number = (value, digits = 0) =>
    value === null || value === undefined
      ? "–"
      : value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const short = (value) => value === null || value === undefined
    ? "–" : value.toLocaleString(locale(), { maximumFractionDigits: 2 });
  const escaped = (text) => make("i", text).innerHTML; // where a library takes markup
  const ANY = ["any_4g", "any_5g"];
  const make = (tag, text = "", name = "") => {
    const element = document.createElement(tag);
    if (text !== "") element.textContent = text; // never markup: names come from files
    if (name) element.className = name;
    return element;
  };
  const networkLabel = (result, key) => (has("network." + key) ? word("network." + key) : data.labels[result][key]);

  // -- tables that sort ------------------------------------------------------------------------
  const sortBy = (heading) => {
    const table = heading.closest("table");
    const column = [...heading.parentNode.children].indexOf(heading);
    const ascending = heading.getAttribute("aria-sort") !== "ascending";
    const valueOf = (row) => row.children[column].dataset.value ?? row.children[column].textContent;
    const numbers = heading.classList.contains("number");
    const rows = [...table.tBodies[0].rows].map((row, at) => [row, valueOf(row), at]);
    rows.sort(([, a, i], [, b, j]) => {
      // What is not known comes last, whichever way the others go.
      if (a === "" || b === "") return (a === "") - (b === "") || i - j;
      const by = numbers ? +a - +b : a.localeCompare(b, locale());
      return (ascending ? by : -by) || i - j;
    });
    for (const other of heading.parentNode.children) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    table.tBodies[0].append(...rows.map(([row]) => row));
  };
  for (const heading of document.querySelectorAll("table.sorts th")) {
    heading.tabIndex = 0;
    heading.addEventListener("click", () => sortBy(heading));
    heading.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sortBy(heading); }
    });
  }

  // -- the map ---------------------------------------------------------------------------------
  const box = document.getElementById("map");
  const map = mapOf(box);
  let layers = [], control = null, legend = null, badge = null, ring = null, shown = {}, rebuilding = false;

  const shareColor = (result, percent) => {
    if (percent === null) return result.unknown_color;
    const at = result.share.edges_percent.filter((edge) => percent >= edge - 1e-9).length;
    return result.share.colors[at];
  };
  const ledgerValue = (result, network, row, column) => {
    const rows = result.ledger[network];
    return rows ? rows[row][result.ledger_columns.indexOf(column)] : null;
  };
  const sized = (people) => (3 + Math.min(Math.sqrt(people) / 14, 6)) * Math.min(Math.max((map.zoom() - 7) / 5, 0.45), 1.6);
  const villageLayer = (result, network) => {
    const dots = result.villages.map(([id, name, , longitude, latitude, people], row) => {
      const style = {
        radius: sized(people), people, weight: 0.6, color: "#1f2933", fillOpacity: 0.9,
        fillColor: shareColor(result, ledgerValue(result, network, row, "covered_percent")),
      };
      const dot = map.dot([latitude, longitude], style, name);
      map.onClick(dot, () => choose(row));
      return dot;
    });
    return map.group(dots);
  };
  const siteLayer = (result) => map.group(result.sites.map(([id, name, longitude, latitude, status, onAir, height, operators]) => {
    const style = result.site_styles[status] ?? { face: "#52606d", edge: "#ffffff" };
    const chosen = data.focus && data.focus.site === id;
    const look = {
      radius: chosen ? 9 : 3.5, weight: chosen ? 3 : 1.2, color: chosen ? "#d55e00" : style.edge === "#ffffff" ? "#ffffff" : style.edge,
      fillColor: style.face, fillOpacity: onAir ? 1 : 0.75,
    };
    const text = [`${id}: ${name}`, word("site_status." + status), `${number(height, 0)} m; ${operators ?? ""}`].join("\n");
    const tip = make("span", text); tip.style.whiteSpace = "pre-line";
    return map.dot([latitude, longitude], look, tip);
  }));
  const spotLayer = (result) => map.group(result.weak_spots.map(([longitude, latitude, radius, people, village]) =>
    map.circle([latitude, longitude], { radius, color: "#b8203f", weight: 1.5, fillOpacity: 0.12 },
      `${village ?? ""}: ${number(people)}`)));
  const mustLayer = (result) => map.group(result.must_cover.map(([name, kind, longitude, latitude, covered, known]) =>
    map.dot([latitude, longitude], { radius: 5, weight: 2, color: covered ? "#0b5fa5" : known === false ? result.unknown_color : "#d55e00", fillColor: "#ffffff", fillOpacity: 1 },
      `${name}: ${word(covered ? "must.yes" : known === false ? "status.unknown" : "must.no")}`)));
  const nameLayer = (result) => {
    const names = result.communes.map(([, name, longitude, latitude]) =>
      map.dot([latitude, longitude], { radius: 0.1, opacity: 0, fillOpacity: 0, interactive: false },
        name, { permanent: true, direction: "center", className: "commune-name" }));
    if (result.outlines) names.push(map.outlines(result.outlines, { color: "#52606d", weight: 1, fill: false, interactive: false }));
    return map.group(names);
  };
  const thin = () => { // names that would lie over others are not shown
    const taken = [];
    for (const label of box.querySelectorAll(".commune-name")) {
      if (label.style.opacity === "0") continue; // fading away: of the language before
      label.style.visibility = "visible";
      const r = label.getBoundingClientRect();
      const free = taken.every((t) => r.right < t.left || t.right < r.left || r.bottom < t.top || t.bottom < r.top);
      if (free) taken.push(r); else label.style.visibility = "hidden";
    }
  };
  const legendOf = (result) => {
    const element = make("div", "", "legend");
    const line = (color, text) => {
      const row = make("div");
      const swatch = make("span", "", "swatch"); swatch.style.background = color;
      row.append(swatch, document.createTextNode(text)); element.append(row);
    };
    element.append(make("b", "RSRP"));
    for (const level of [...result.levels].reverse()) {
      const name = has("level." + level.level) ? word("level." + level.level) : level.level;
      line(level.color, word("map.from_dbm", { level: name, threshold: short(level.threshold_dbm) }));
    }
    const least = Math.min(...result.levels.map((level) => level.threshold_dbm));
    const lowest = Math.min(least, result.display_limit_dbm);
    if (lowest < least) line(result.weak_color, word("map.weak", { threshold: short(lowest) }));
    line(result.below_color, word("map.below", { threshold: short(lowest) }));
    element.append(make("b", word("map.share")));
    const edges = result.share.edges_percent;
    result.share.colors.forEach((color, at) => {
      const low = at ? edges[at - 1] : 0, high = at < edges.length ? edges[at] : 100;
      line(color, `${number(low)}–${number(high)} %`);
    });
    return element;
  };
  const build = () => {
    const result = data.results[state.result];
    rebuilding = true;
    layers.forEach(({ layer }) => map.hide(layer));
    [control, legend, badge].forEach(map.hide);
    legend = badge = null;
    layers = [];
    const add = (key, name, layer, on, isBase = false) => {
      layers.push({ key, name, layer, isBase });
      if (shown[key] ?? on) map.show(layer);
    };
    result.overlays.forEach(({ network, url, bounds }, at) => {
      const image = map.picture(url, bounds, { opacity: 0.75, className: "coverage" });
      add("coverage " + network, word("map.coverage", { network: networkLabel(state.result, network) }), image, at === 0, true);
    });
    add("coverage none", word("map.no_coverage"), map.group([]), !result.overlays.length, true);
    add("communes", word("map.communes"), nameLayer(result), true);
    add("sites", word("map.sites"), siteLayer(result), Boolean(data.focus));
    if (result.weak_spots.length) add("weak_spots", word("map.weak_spots"), spotLayer(result), false);
    result.networks.filter((key) => ANY.includes(key) && result.ledger[key]).forEach((key, at) =>
      add("villages " + key, word("map.villages", { network: networkLabel(state.result, key) }), villageLayer(result, key), at === 0));
    if (result.must_cover.length) add("must_cover", word("map.must_cover"), mustLayer(result), true);
    const choices = layers.map(({ name, layer, isBase }) => ({ name: escaped(name), layer, isBase }));
    control = map.chooser(choices, box.clientWidth < 700);
    if (box.clientWidth >= 700) legend = map.panel("bottomleft", () => legendOf(result));
    // A picture of the map says it too.
    if (result.synthetic) badge = map.panel("bottomright", () => make("div", word("report.synthetic"), "badge"));
    rebuilding = false;
    const below = document.getElementById("legend-below");
    below.replaceChildren(...(box.clientWidth < 700 ? [legendOf(result)] : []));
    thin();
  };
  const bounds = () => {
    if (data.focus) return data.focus.bounds;
    const result = data.results[state.result];
    const spots = result.villages.map((v) => [v[4], v[3]]);
    return spots.length ? map.boundsOf(spots) : result.overlays[0]?.bounds ?? [[8, 102], [24, 110]];
  };

  // -- a chosen village ------------------------------------------------------------------------
  const cureText = (cure) => word("cure." + cure.kind, {
    site: cure.site, operators: cure.operators, layers: cure.layers,
    was: short(cure.was), becomes: short(cure.becomes),
  });
  const money = (vnd) => vnd === null ? "–" : vnd >= 1e9
    ? word("vnd.billion", { value: number(vnd / 1e9, 1) }) : word("vnd.million", { value: number(vnd / 1e6) });
  const shownAs = (result, column, value, people) => {
    if (value === null || value === "") return "–";
    if (column === "status") return word("status." + value);
    for (const words of ["cause", "limit", "binding"])
      if (column === words) return has(`${words}.${value}`) ? word(`${words}.${value}`) : value;
    if (column === "indoor_people") return people ? number((100 * value) / people, 0) : "–";
    return typeof value === "number" ? number(value, column === "covered_percent" ? 1 : 1) : value;
  };
  const detail = () => {
    const element = document.getElementById("detail");
    const result = data.results[state.result];
    element.replaceChildren();
    if (state.village === null) { element.append(make("p", word("map.hint"), "quiet hint")); return; }
    const [id, name, commune, , , people] = result.villages[state.village];
    element.append(make("h3", name));
    element.append(make("p", word("ledger.people", { people: number(people), commune: commune ?? "" }) + ` (${id})`, "quiet"));
    const networks = result.networks.filter((key) => result.ledger[key]);
    if (!networks.length) element.append(make("p", word("ledger.no_ledger")));
    else {
      const table = make("table"); table.dataset.village = id;
      const head = table.createTHead().insertRow();
      for (const key of ["network", "status", "covered"]) head.append(make("th", word("ledger." + key), key === "covered" ? "number" : ""));
      const body = table.createTBody();
      for (const key of networks) {
        const row = body.insertRow();
        row.append(make("td", networkLabel(state.result, key)));
        const value = (column) => ledgerValue(result, key, state.village, column);
        row.append(make("td", value("status") === null ? word("status.unknown") : shownAs(result, "status", value("status"))));
        row.append(make("td", shownAs(result, "covered_percent", value("covered_percent")), "number"));
      }
      element.append(table);
      for (const key of networks.filter((key) => ANY.includes(key))) {
        const value = (column) => ledgerValue(result, key, state.village, column);
        element.append(make("h3", networkLabel(state.result, key)));
        const list = make("dl");
        const add = (label, text) => list.append(make("dt", word("ledger." + label)), make("dd", text));
        const known = people - (value("unknown_people") ?? 0);
        const [expected, low, high] = ["expected_people", "low_covered_people", "high_covered_people"].map((column) => {
          const found = value(column);
          return found === null || known <= 0 ? null : number(Math.min((100 * found) / known, 100), 0);
        });
        if (expected !== null) add("expected", `${expected} % (${low}–${high} %)`);
        for (const [label, column] of [["rsrp", "rsrp_p50_dbm"], ["sinr", "sinr_p50_db"], ["indoor", "indoor_people"],
          ["binding", "binding"], ["server", "best_server"], ["second", "second_server"]])
          add(label, shownAs(result, column, value(column), people));
        if (value("cause")) {
          add("cause", shownAs(result, "cause", value("cause")));
          add("missing", shownAs(result, "missing_db", value("missing_db")));
          add("approved", shownAs(result, "approved_site", value("approved_site")));
        }
        if (value("limit")) add("limit", shownAs(result, "limit", value("limit")));
        element.append(list);
      }
    }
    const cures = result.cures[id] ?? [];
    for (const network of new Set(cures.map((cure) => cure.network))) {
      element.append(make("h3", `${word("ledger.cures")}: ${networkLabel(state.result, network)}`));
      const list = make("ol", "", "plain");
      for (const cure of cures.filter((cure) => cure.network === network))
        list.append(make("li", cure.kind === "none" ? word("cure.none")
          : `${cureText(cure)}: ${money(cure.cost_vnd)}; +${number(cure.gain_people)}${cure.is_cure ? "" : ` (${number(cure.covered_percent)} %)`}`));
      element.append(list);
    }
    const [, , , longitude, latitude] = result.villages[state.village];
    map.hide(ring);
    ring = map.show(map.dot([latitude, longitude], { radius: 13, color: "#d55e00", weight: 3, fill: false, interactive: false }));
  };
  const choose = (row) => {
    state.village = row;
    detail();
    if (box.clientWidth < 700) document.getElementById("detail").scrollIntoView({ behavior: "smooth", block: "nearest" });
  };

  // -- language and scenario -------------------------------------------------------------------
  const setLanguage = (language) => {
    state.language = language;
    build();
    detail();
  };
  document.addEventListener("language", (event) => setLanguage(event.detail));
  for (const button of document.querySelectorAll("[data-result]"))
    button.addEventListener("click", () => {
      state.result = +button.dataset.result; state.village = null; map.hide(ring);
      for (const other of document.querySelectorAll("[data-result]"))
        other.setAttribute("aria-pressed", String(other === button));
      build(); detail();
    });
  for (const link of document.querySelectorAll("[data-village]"))
    link.addEventListener("click", () => {
      const of = +(link.dataset.of ?? 0);
      if (of !== state.result) document.querySelector(`[data-result="${of}"]`)?.click();
      const result = data.results[state.result];
      const row = result.villages.findIndex(([id]) => id === link.dataset.village);
      if (row < 0) return;
      const [, , , longitude, latitude] = result.villages[row];
      map.go([latitude, longitude], 14);
      choose(row);
    });

  map.fit(bounds());
  map.onChoice(() => {
    if (rebuilding) return; // what a reader chose stays when language or scenario changes
    for (const { key, layer } of layers) shown[key] = map.shows(layer);
    thin();
  });
  map.onZoom(() => map.resizeDots(sized));
  map.onMove(thin);
  window.addEventListener("beforeprint", map.measure);
  window.coverageReport = { map: map.library, choose, state }; // for those who embed the page, and for its test
  setLanguage(state.language);
})();
