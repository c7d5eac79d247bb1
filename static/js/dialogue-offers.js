/* Proposals beside a field, and the words of a turn that speak for an answer. Equal proposals of several sources stand
   together; what is decided is kept for each of them. */
(() => {
  "use strict";

  const dialogue = window.dialogue;
  if (!dialogue) return;
  const { texts, session, fields, changed, marks } = dialogue;
  const { ask } = window.concord;
  const template = document.getElementById("offer-template").content;
  const spell = (given) => JSON.stringify([given.state, given.values]);

  /* ---- proposals ---- */

  function grouped(part, key) {
    const found = new Map();
    (part.proposals[key] ?? []).forEach((offer) => {
      const name = offer.given ? spell(offer.given) : offer.source;
      found.set(name, [...(found.get(name) ?? []), offer]);
    });
    return [...found.values()];
  }

  function decision(part, key, group) {
    const said = group.map((offer) => part.copy.decisions[key]?.[offer.source]).find(Boolean);
    if (!said || said === "rejected") return said ?? "";
    const now = part.copy.fields[key];
    if (!now || spell(now) !== spell(group[0].given)) return "edited";
    return said === "edited" ? "accepted" : said;
  }

  const nameOf = ({ source, score }) => (score === null ? source : `${source}\u00a0${score.toFixed(2)}`);

  function offers(element, part, key) {
    const list = element.querySelector("[data-offers]");
    const groups = grouped(part, key);
    list.hidden = !groups.length;
    list.replaceChildren(...groups.map((group) => line(element, part, key, group)));
  }

  function line(element, part, key, group) {
    const item = template.querySelector("li").cloneNode(true);
    const said = decision(part, key, group);
    const find = (name) => item.querySelector(`[data-${name}]`);
    const press = (name, action) => find(name)?.addEventListener("click", (event) => { event.preventDefault(); action(); });
    if (said) item.classList.add(said);
    find("words").textContent = group[0].words;
    find("name").textContent = group.map(nameOf).join(", ");
    find("state").hidden = !said;
    find("state").textContent = said ? texts[said] : "";
    if (!group[0].given) find("accept").remove();
    if (!group[0].given || fields[key].kind !== "text") find("edit").remove();
    press("accept", () => accept(part, key, group, "accepted"));
    press("edit", () => accept(part, key, group, "edited"));
    press("reject", () => decide(part, key, group, "rejected"));
    return item;
  }

  // What a person has written goes only if they say so; labels are chosen again in a moment.
  async function accept(part, key, group, said) {
    const now = part.copy.fields[key];
    const own = now?.state === "value" && fields[key].kind === "text" && !(part.proposals[key] ?? []).some((offer) => offer.given && spell(offer.given) === spell(now));
    if (own && !(await ask(texts.replace, texts.replaceYes))) return;
    const element = decide(part, key, group, said);
    if (said !== "edited") return;
    const text = element.querySelector("textarea");
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
  }

  function decide(part, key, group, said) {
    const before = decision(part, key, group);
    part.copy.decisions[key] = { ...part.copy.decisions[key], ...Object.fromEntries(group.map((offer) => [offer.source, said])) };
    if (said !== "rejected") part.copy.fields[key] = { state: group[0].given.state, values: [...group[0].given.values] };
    else if (before === "accepted" || before === "bulk") delete part.copy.fields[key];
    const box = dialogue.boxOf(part);
    const element = dialogue.asksOf(box).find((one) => one.dataset.field === key);
    dialogue.fillOne(element, part);
    element.classList.remove("invalid");
    element.querySelector("[data-error]").hidden = true;
    next(box);
    changed(part);
    return element;
  }

  // The keys stand at the first proposal that waits: of a field without an answer first, never over an answer for "a".
  const undecided = (element) => [...element.querySelectorAll(".offer")].filter((item) => item.querySelector("[data-state]").hidden);
  function waiting(box, part) {
    const open = dialogue.asksOf(box).filter((element) => !part.copy.fields[element.dataset.field]).flatMap(undecided);
    const free = dialogue.asksOf(box).filter((element) => !element.querySelector(".offer:is(.accepted, .bulk, .edited)")).flatMap(undecided);
    const first = (items, name) => items.map((item) => item.querySelector(`[data-${name}]`)).find(Boolean);
    return { accept: first(open, "accept"), edit: first(open, "edit"), reject: first([...open, ...free], "reject") };
  }

  function next(box) {
    const part = box === dialogue.boxes.sessionBox ? session : dialogue.here();
    const at = Object.values(waiting(box, part));
    box.querySelectorAll(".offer kbd").forEach((hint) => { hint.hidden = !at.some((button) => button?.contains(hint)); });
  }

  /* ---- evidence ---- */

  function evidence(element, part, key) {
    const list = element.querySelector("[data-marks]");
    if (!list || part === session) return;
    const given = part.copy.fields[key];
    const targets = given?.state !== "value" ? [] : fields[key].kind === "text" ? [""] : given.values;
    const made = part.copy.spans.filter((span) => span.field === key).map((span) => marked(part, span));
    list.replaceChildren(...made, ...targets.map((value) => marker(part, key, value)));
  }

  function button(text, action) {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "button-link", textContent: text });
    made.addEventListener("click", action);
    return made;
  }

  function marked(part, span) {
    const item = document.createElement("li");
    const said = document.createElement("span");
    said.append(span.value ? `${marks.sayValue(span.field, span.value)}: ` : "", Object.assign(document.createElement("q"), { textContent: marks.quote(part.n, span) }));
    item.append(said, button(texts.remove, () => {
      part.copy.spans = part.copy.spans.filter((one) => one !== span);
      changed(part);
    }));
    return item;
  }

  function marker(part, key, value) {
    const item = document.createElement("li");
    const made = button(texts.mark.replace("%s", value ? marks.sayValue(key, value) : fields[key].words), () => marks.start(part.n, key, value));
    made.dataset.mark = "";
    // The selection must outlive the press.
    made.addEventListener("mousedown", (event) => event.preventDefault());
    item.append(made);
    return item;
  }

  Object.assign(dialogue, { offers, evidence, waiting, nextOffer: next });
})();
