/* The work page of a dialogue: one turn in focus, its fields beside it, everything by keyboard. Without this file each
   turn is a plain form. */
(() => {
  "use strict";

  const dialogue = window.dialogue;
  if (!dialogue) return;
  const { root, texts, state, turns, session, fields, changed, save, marks, offers, evidence, nextOffer } = dialogue;
  const byId = (id) => document.getElementById(id);
  const rows = [...document.querySelectorAll("#turns > .turn")];
  const ticks = [...byId("rail").children];
  const turnBox = byId("panel-fields");
  const sessionBox = byId("session-fields");
  const sessionPanel = byId("session-panel");
  const turnPanel = byId("turn-panel");
  const conversation = byId("turns");
  const handIn = byId("hand-in");
  const SPECIAL = { "~none": "none", "~unknown": "unknown" };
  let current = state.current;

  /* ---- what is said, and what is missing ---- */

  const missing = (part) => part.asked.filter((key) => fields[key].required && !part.copy.fields[key]);
  const finished = (part) => !part.asked.length || (part.copy.done && !missing(part).length);
  const asksOf = (box) => [...box.querySelectorAll(".ask[data-field]")];
  const boxOf = (part) => (part === session ? sessionBox : turnBox);

  function words(key, given) {
    if (!given) return texts.empty;
    if (given.state !== "value") return texts[given.state];
    return fields[key].kind === "text" ? given.values.join("") : given.values.map((value) => marks.sayValue(key, value)).join(", ");
  }

  function read(part) {
    const box = boxOf(part);
    const found = {};
    asksOf(box).forEach((element) => {
      const given = readOne(element);
      if (given) found[element.dataset.field] = given;
    });
    part.copy.fields = found;
    part.copy.note = box.querySelector("[name=note]").value;
    // A mark goes with the answer it speaks for.
    part.copy.spans = part.copy.spans.filter((span) => found[span.field] && (!span.value || found[span.field].values.includes(span.value)));
  }

  function readOne(element) {
    const special = element.querySelector("[value='~none']:checked, [value='~unknown']:checked");
    const text = element.querySelector("textarea");
    if (text?.value.trim()) return { state: "value", values: [text.value] };
    if (special) return { state: SPECIAL[special.value], values: [] };
    const values = [...element.querySelectorAll("input:checked")].map((input) => input.value).filter(Boolean);
    return values.length ? { state: "value", values } : null;
  }

  function fill(part) {
    const box = boxOf(part);
    asksOf(box).forEach((element) => fillOne(element, part));
    box.querySelector("[name=note]").value = part.copy.note;
    nextOffer(box);
  }

  function fillOne(element, part) {
    const key = element.dataset.field;
    const given = part.copy.fields[key];
    const wanted = new Set(!given ? [] : given.state === "value" ? given.values : [`~${given.state}`]);
    const text = element.querySelector("textarea");
    if (text) text.value = given?.state === "value" ? given.values.join("") : "";
    element.querySelectorAll("input").forEach((input) => { input.checked = wanted.has(input.value); });
    remember(element);
    offers(element, part, key);
    evidence(element, part, key);
  }

  // Pressing a chosen one again takes it back: what it was before the press decides.
  function remember(element) { element.querySelectorAll("input[type=radio]").forEach((input) => { input.dataset.was = input.checked ? "1" : ""; }); }

  /* ---- the turn in focus ---- */

  function show({ focus = true, scroll = true } = {}) {
    const part = turns[current];
    const row = rows[current];
    const title = texts.turn.replace("%s", current + 1);
    byId("panel-title").textContent = title;
    byId("tab-turn").textContent = title;
    byId("panel-role").textContent = state.roles[part.role];
    byId("panel-speaker").textContent = row.querySelector("b").textContent;
    turnBox.replaceChildren(root.querySelector(`template[data-panel="${part.role}"]`).content.cloneNode(true));
    turnBox.querySelectorAll("[data-meanings]").forEach((details) => { details.open = opened.has(details.closest(".ask").dataset.field); });
    fill(part);
    tally(turnBox);
    keysTo(inSession() ? sessionBox : turnBox);
    rows.forEach((one) => {
      if (one === row) one.setAttribute("aria-current", "true"); else one.removeAttribute("aria-current");
      one.tabIndex = one === row ? 0 : -1;
    });
    ticks.forEach((tick, n) => tick.classList.toggle("now", n === current));
    byId("flag-link").search = byId("comments-link").search = `?turn=${part.index}`;
    history.replaceState(null, "", `${root.dataset.base}turn/${part.index}/`);
    clashBox(part);
    if (scroll) bring(row);
    if (!inSession()) turnPanel.scrollTop = 0;
    if (focus) row.focus({ preventScroll: true });
  }

  // The strip of tabs stays below it there, wherever it ends.
  new ResizeObserver(() => root.style.setProperty("--talk-height", `${conversation.offsetHeight}px`)).observe(conversation);

  // On a phone the conversation scrolls by itself above the fields, and the page goes back to where these begin.
  function bring(row) {
    if (getComputedStyle(conversation).overflowY !== "auto") return row.scrollIntoView({ block: "center" });
    const room = Math.max(8, (conversation.clientHeight - row.offsetHeight) / 2);
    conversation.scrollTop += row.getBoundingClientRect().top - conversation.getBoundingClientRect().top - room;
    const over = conversation.getBoundingClientRect().bottom - byId("side").getBoundingClientRect().top;
    if (over > 0) window.scrollBy(0, -over);
  }

  function go(n, options) {
    if (n < 0 || n >= turns.length) return;
    marks.stop();
    dialogue.leaveEarlier();
    save(turns[current]);
    current = n;
    show(options);
  }

  function done() {
    const part = turns[current];
    if (inSession()) { save(session); return toTurn(); }
    if (complain(part)) return;
    if (part.asked.length) { part.copy.done = true; changed(part); }
    save(part);
    if (current + 1 < turns.length) go(current + 1); else unfinished();
  }

  // Marks what still needs an answer, and leads to the first of it.
  function complain(part) {
    const lacking = missing(part);
    asksOf(boxOf(part)).forEach((element) => {
      const wrong = lacking.includes(element.dataset.field);
      element.classList.toggle("invalid", wrong);
      element.querySelector("[data-error]").hidden = !wrong;
    });
    const first = asksOf(boxOf(part)).find((element) => lacking.includes(element.dataset.field));
    first?.querySelector("input, textarea")?.focus();
    return Boolean(first);
  }

  function unfinished() {
    const order = turns.map((_, n) => (current + 1 + n) % turns.length);
    const next = order.find((n) => !finished(turns[n]));
    if (next !== undefined) { pick("turn"); go(next); } else if (missing(session).length) toSession(); else handIn.focus();
  }

  /* ---- what the whole page shows of it ---- */

  function paint(part) {
    if (part === session) {
      byId("session-state").textContent = `${Object.keys(session.copy.fields).length}/${session.asked.length}`;
    } else {
      const row = rows[part.n];
      const ready = finished(part) && part.asked.length > 0;
      row.classList.toggle("done", ready);
      ticks[part.n].classList.toggle("done", ready);
      ticks[part.n].classList.toggle("clash", Boolean(part.clash));
      const labels = part.asked.filter((key) => fields[key].kind !== "text" && part.copy.fields[key]);
      row.querySelector(".turn-said").replaceChildren(...labels.flatMap((key) => chips(key, part.copy.fields[key])));
      marks.paint(part.n);
    }
    progress();
  }

  function progress() {
    const n = turns.filter(finished).length;
    const ready = n === turns.length && !missing(session).length;
    byId("turns-done").textContent = String(n);
    byId("turns-bar").value = n;
    byId("dialogue-dock").classList.toggle("ready", ready);
    counts();
  }

  function chips(key, given) {
    const values = given.state === "value" ? fields[key].values.filter(([value]) => given.values.includes(value)) : [["", texts[given.state], ""]];
    return values.map(([, name, colour]) => {
      const chip = document.createElement("span");
      if (colour) chip.append(Object.assign(document.createElement("i"), { className: `dab c-${colour}` }));
      chip.append(name);
      return chip;
    });
  }

  let found = {};
  function counts() {
    found = {};
    turns.forEach((part) => Object.entries(part.copy.fields).forEach(([key, given]) => given.values.forEach((value) => {
      found[`${key} ${value}`] = (found[`${key} ${value}`] ?? 0) + 1;
    })));
    tally(turnBox);
    const blocks = Object.entries(fields).filter(([, field]) => !field.session && ["single", "several"].includes(field.kind)).flatMap(([key, field]) => {
      const list = document.createElement("dl");
      list.className = "facts";
      const given = field.values.filter(([value]) => found[`${key} ${value}`]);
      const pair = (name, n) => list.append(Object.assign(document.createElement("dt"), { textContent: name }), Object.assign(document.createElement("dd"), { className: "num", textContent: n }));
      given.forEach(([value, name]) => pair(name, String(found[`${key} ${value}`])));
      if (!given.length) pair(texts.nothing, "");
      return [Object.assign(document.createElement("h3"), { textContent: field.words }), list];
    });
    byId("counts").replaceChildren(...blocks);
  }

  // How often each label stands in the session so far, at its button.
  function tally(box) {
    box.querySelectorAll("[data-n]").forEach((place) => {
      place.textContent = found[`${place.closest(".ask").dataset.field} ${place.dataset.n}`] ?? "";
    });
  }

  /* ---- two versions of one turn ---- */

  function clashBox(part) {
    if (part !== session && part.n !== current) return;
    const holder = byId(part === session ? "session-conflict" : "conflict");
    const shown = part;
    holder.replaceChildren();
    if (!shown.clash) return;
    const box = document.createElement("div");
    box.className = "clash-box";
    box.setAttribute("role", "alert");
    box.append(Object.assign(document.createElement("p"), { textContent: `${dialogue.titleOf(shown)}: ${shown.clash.message}` }));
    [["yours", shown.copy], ["other", shown.clash.theirs]].forEach(([name, copy]) => box.append(version(shown, texts[name], copy)));
    const line = Object.assign(document.createElement("p"), { className: "cluster" });
    [["mine", true], ["theirs", false]].forEach(([name, mine]) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: texts[name] });
      button.addEventListener("click", () => { dialogue.settle(shown, mine); fill(shown); clashBox(shown); });
      line.append(button);
    });
    box.append(line);
    holder.append(box);
  }

  function version(part, title, copy) {
    const list = document.createElement("dl");
    const pair = (name, value) => list.append(Object.assign(document.createElement("dt"), { textContent: name }), Object.assign(document.createElement("dd"), { textContent: value }));
    part.asked.forEach((key) => pair(fields[key].words, words(key, copy.fields[key])));
    if (copy.note) pair(texts.note, copy.note);
    const holder = document.createElement("div");
    holder.append(Object.assign(document.createElement("h3"), { textContent: title }), list);
    return holder;
  }

  dialogue.on((what, part) => {
    if (what === "clash") clashBox(part);
    if (what === "other" && (part === session || part.n === current)) fill(part);
    const box = boxOf(part);
    if (part === session || part.n === current) asksOf(box).forEach((element) => evidence(element, part, element.dataset.field));
    paint(part);
  });

  /* ---- what stands beside the conversation: a turn, the session, counts, the guideline; one at a time where it is
     narrow, and the session always where there is room for it ---- */

  const tabs = [...root.querySelectorAll("[role=tab]")];
  const panelOf = (tab) => byId(tab.getAttribute("aria-controls"));
  const inSession = () => sessionPanel.classList.contains("active");
  tabs.forEach((tab) => { panelOf(tab).setAttribute("role", "tabpanel"); panelOf(tab).setAttribute("aria-labelledby", tab.id); });

  function pick(name, { focus = false } = {}) {
    const chosen = byId(`tab-${name}`);
    tabs.forEach((tab) => {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      panelOf(tab).classList.toggle("off", tab !== chosen);
    });
    keysTo(name === "session" ? sessionBox : turnBox);
    if (focus) chosen.focus();
  }

  tabs.forEach((tab, n) => {
    tab.addEventListener("click", () => pick(tab.id.slice(4)));
    tab.addEventListener("keydown", (event) => {
      const to = { ArrowRight: n + 1, ArrowLeft: n - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      pick(tabs[(to + tabs.length) % tabs.length].id.slice(4), { focus: true });
    });
  });

  // Which meanings a person has opened stays open from turn to turn.
  const opened = new Set();
  turnBox.addEventListener("toggle", (event) => {
    if (!event.target.matches("[data-meanings]") || !event.target.isConnected) return;
    const key = event.target.closest(".ask").dataset.field;
    if (event.target.open) opened.add(key); else opened.delete(key);
  }, true);

  /* ---- keys belong to the panel in which one works ---- */

  function keysTo(box) {
    [turnBox, sessionBox].forEach((one) => one.querySelectorAll("[data-key], [data-pick]").forEach((element) => {
      const name = element.dataset.key ?? element.dataset.pick;
      delete element.dataset[one === box ? "pick" : "key"];
      element.dataset[one === box ? "key" : "pick"] = name;
    }));
    sessionPanel.classList.toggle("active", box === sessionBox);
  }
  function toSession() {
    pick("session");
    (sessionBox.querySelector("input, textarea"))?.focus();
  }
  function toTurn() {
    pick("turn");
    rows[current].focus({ preventScroll: true });
  }

  Object.assign(dialogue, {
    go, show, counts, fill, fillOne, read, complain, missing, finished, unfinished, done, remember, asksOf, boxOf, pick, keysTo, toSession, toTurn, inSession,
    leaveEarlier: () => {},
    current: () => current, here: () => turns[current], boxes: { turnBox, sessionBox, sessionPanel, turnPanel, handIn },
  });
})();
