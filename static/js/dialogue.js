/* The work page of a dialogue: one turn in focus, its fields beside it, everything by keyboard. Without this file each
   turn is a plain form. */
(() => {
  "use strict";

  const dialogue = window.dialogue;
  if (!dialogue) return;
  const { root, texts, state, turns, session, fields, changed, save, marks } = dialogue;
  const byId = (id) => document.getElementById(id);
  const rows = [...document.querySelectorAll("#turns > .turn")];
  const ticks = [...byId("rail").children];
  const turnBox = byId("panel-fields");
  const sessionBox = byId("session-fields");
  const sessionPanel = byId("session-panel");
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

  /* ---- proposals ---- */

  const offerTemplate = byId("offer-template").content;

  function decision(part, key, offer) {
    const said = part.copy.decisions[key]?.[offer.source];
    if (!said || said === "rejected") return said ?? "";
    const now = part.copy.fields[key];
    const kept = now && JSON.stringify([now.state, now.values]) === JSON.stringify([offer.given.state, offer.given.values]);
    return kept ? (said === "edited" ? "accepted" : said) : "edited";
  }

  function offers(element, part, key) {
    const list = element.querySelector("[data-offers]");
    const found = part.proposals[key] ?? [];
    list.hidden = !found.length;
    list.replaceChildren(...found.map((offer) => {
      const item = offerTemplate.querySelector("li").cloneNode(true);
      const said = decision(part, key, offer);
      if (said) item.classList.add(said);
      item.querySelector("[data-words]").textContent = offer.words;
      item.querySelector("[data-score]").textContent = offer.score === null ? "" : offer.score.toFixed(2);
      item.querySelector("[data-name]").textContent = offer.source;
      const label = item.querySelector("[data-state]");
      label.hidden = !said;
      label.textContent = said ? texts[said] : "";
      const accept = item.querySelector("[data-accept]");
      if (!offer.given) accept.remove();
      else accept.addEventListener("click", (event) => { event.preventDefault(); decide(part, key, offer, "accepted"); });
      item.querySelector("[data-reject]").addEventListener("click", (event) => { event.preventDefault(); decide(part, key, offer, "rejected"); });
      return item;
    }));
  }

  function decide(part, key, offer, said) {
    const before = decision(part, key, offer);
    part.copy.decisions[key] = { ...part.copy.decisions[key], [offer.source]: said };
    if (said === "accepted") part.copy.fields[key] = { state: offer.given.state, values: [...offer.given.values] };
    else if (before === "accepted" || before === "bulk") delete part.copy.fields[key];
    const element = asksOf(boxOf(part)).find((one) => one.dataset.field === key);
    fillOne(element, part);
    element.classList.remove("invalid");
    nextOffer(boxOf(part));
    changed(part);
  }

  // The keys a and x stand at the first proposal that waits.
  const waiting = (box) => [...box.querySelectorAll(".offer")].filter((item) => item.querySelector("[data-state]").hidden && item.querySelector("[data-accept]"));
  function nextOffer(box) {
    const first = waiting(box)[0];
    box.querySelectorAll(".offer kbd").forEach((hint) => { hint.hidden = !first?.contains(hint); });
  }

  /* ---- evidence ---- */

  function evidence(element, part, key) {
    const list = element.querySelector("[data-marks]");
    if (!list || part === session) return;
    const given = part.copy.fields[key];
    const targets = given?.state !== "value" ? [] : fields[key].kind === "text" ? [""] : given.values;
    const made = part.copy.spans.filter((span) => span.field === key).map((span) => line(part, span));
    list.replaceChildren(...made, ...targets.map((value) => marker(part, key, value)));
  }

  function line(part, span) {
    const item = document.createElement("li");
    const said = document.createElement("span");
    const quote = document.createElement("q");
    quote.textContent = marks.quote(part.n, span);
    said.append(span.value ? `${marks.sayValue(span.field, span.value)}: ` : "", quote);
    const button = document.createElement("button");
    button.type = "button"; button.className = "button-link"; button.textContent = texts.remove;
    button.addEventListener("click", () => {
      part.copy.spans = part.copy.spans.filter((one) => one !== span);
      changed(part);
    });
    item.append(said, button);
    return item;
  }

  function marker(part, key, value) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button"; button.className = "button-link"; button.dataset.mark = "";
    button.textContent = texts.mark.replace("%s", value ? marks.sayValue(key, value) : fields[key].words);
    // The selection must outlive the press.
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => marks.start(part.n, key, value));
    item.append(button);
    return item;
  }

  /* ---- the turn in focus ---- */

  function show({ focus = true, scroll = true } = {}) {
    const part = turns[current];
    const row = rows[current];
    byId("panel-title").textContent = texts.turn.replace("%s", current + 1);
    byId("panel-role").textContent = state.roles[part.role];
    byId("panel-speaker").textContent = row.querySelector("b").textContent;
    turnBox.replaceChildren(root.querySelector(`template[data-panel="${part.role}"]`).content.cloneNode(true));
    fill(part);
    keysTo(turnBox);
    rows.forEach((one) => { if (one === row) one.setAttribute("aria-current", "true"); else one.removeAttribute("aria-current"); });
    ticks.forEach((tick, n) => tick.classList.toggle("now", n === current));
    byId("flag-link").search = byId("comments-link").search = `?turn=${part.index}`;
    history.replaceState(null, "", `${root.dataset.base}turn/${part.index}/`);
    clashBox(part);
    if (scroll) row.scrollIntoView({ block: "center" });
    root.querySelector(".side").scrollTop = 0;
    if (focus) row.focus({ preventScroll: true });
  }

  function go(n, options) {
    if (n < 0 || n >= turns.length) return;
    marks.stop();
    save(turns[current]);
    current = n;
    show(options);
  }

  function done() {
    const part = turns[current];
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
    if (next !== undefined) go(next); else if (missing(session).length) toSession(); else handIn.focus();
  }

  /* ---- what the whole page shows of it ---- */

  function paint(part) {
    if (part === session) {
      byId("session-state").textContent = missing(session).length ? "" : texts.complete;
    } else {
      const row = rows[part.n];
      const ready = finished(part) && part.asked.length > 0;
      row.classList.toggle("done", ready);
      ticks[part.n].classList.toggle("done", ready);
      ticks[part.n].classList.toggle("clash", Boolean(part.clash));
      const labels = part.asked.filter((key) => fields[key].kind !== "text" && part.copy.fields[key]);
      row.querySelector(".turn-said").replaceChildren(...labels.map((key) => Object.assign(document.createElement("span"), { textContent: words(key, part.copy.fields[key]) })));
      marks.paint(part.n);
    }
    progress();
  }

  function progress() {
    const n = turns.filter(finished).length;
    const ready = n === turns.length && !missing(session).length;
    byId("turns-done").textContent = String(n);
    byId("turns-bar").value = n;
    handIn.classList.toggle("primary", ready);
    byId("turn-done").classList.toggle("primary", !ready);
    counts();
  }

  function counts() {
    const found = {};
    turns.forEach((part) => Object.entries(part.copy.fields).forEach(([key, given]) => given.values.forEach((value) => {
      found[`${key} ${value}`] = (found[`${key} ${value}`] ?? 0) + 1;
    })));
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

  /* ---- two versions of one turn ---- */

  function clashBox(part) {
    const holder = byId("conflict");
    if (part.n !== null && part.n !== current) return;
    holder.replaceChildren();
    const shown = [turns[current], session].find((one) => one.clash);
    if (!shown) return;
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

  Object.assign(dialogue, { go, show, fill, read, complain, missing, finished, unfinished, done, waiting, evidence, offers, nextOffer, remember, asksOf, current: () => current, boxes: { turnBox, sessionBox, sessionPanel, handIn } });
  dialogue.on((what, part) => {
    if (what === "clash") clashBox(part);
    const box = boxOf(part);
    if (part === session || part.n === current) asksOf(box).forEach((element) => evidence(element, part, element.dataset.field));
    paint(part);
  });

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
    sessionPanel.open = true;
    keysTo(sessionBox);
    (sessionBox.querySelector("input, textarea"))?.focus();
  }
  dialogue.keysTo = keysTo;
  dialogue.toSession = toSession;
})();
