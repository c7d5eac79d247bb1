/* The work page: moving on feels instant, and nothing that was typed is lost. Without this file each answer is a plain
   form. What is kept in the browser until the server has it: answers on their way, and text being typed. */
(() => {
  "use strict";

  const form = document.getElementById("unit-form");
  if (!form) return;
  const reading = document.getElementById("reading");
  const dock = document.getElementById("dock");
  const saved = document.getElementById("saved");
  const undo = document.getElementById("undo");
  const texts = document.getElementById("work-texts").dataset;
  const { notice, clearNotice } = window.concord;
  const base = form.dataset.base;
  const idle = Number(form.dataset.idle) * 1000;
  const outbox = `concord-out-${form.dataset.study}`;
  const addressOf = (token) => `${base}${token}/`;
  // The cookie first: a log-in in another tab changes it, and this page must be able to send what it kept.
  const csrf = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? form.querySelector("[name=csrfmiddlewaretoken]").value;

  const store = {
    get(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* no room: the page still holds it */ } },
    drop(key) { try { localStorage.removeItem(key); } catch { /* nothing was kept */ } },
  };

  /* ---- the units this page holds ---- */

  const ahead = [...document.querySelectorAll("template[data-ahead]")].map((template) => ({
    token: template.dataset.ahead,
    reading: template.content.querySelector("[data-slot=reading]").innerHTML,
    dock: template.content.querySelector("[data-slot=dock]").innerHTML,
  }));
  let current = form.dataset.token;
  let before = "";
  let sending = 0;
  let queue = Promise.resolve();
  const inFlight = new Set();

  function show(unit, { focus = true } = {}) {
    current = unit.token;
    reading.innerHTML = unit.reading;
    dock.innerHTML = unit.dock;
    form.action = addressOf(current);
    form.dataset.token = current;
    const skip = document.getElementById("skip-link");
    if (skip) skip.href = `${addressOf(current)}skip/`;
    const flag = document.getElementById("flag-link");
    if (flag) flag.href = `${addressOf(current)}flag/`;
    const ask = document.getElementById("ask-link");
    if (ask) ask.href = `${addressOf(current)}ask/`;
    clock.restart();
    draftVersion = Number(form.elements.draft_version?.value ?? 0);
    putBack();
    announce();
    window.scrollTo({ top: 0 });
    if (focus) document.getElementById("unit-text")?.focus({ preventScroll: true });
  }

  /* ---- active time: only while the page is seen and used ---- */

  const clock = {
    total: 0, since: performance.now(), last: performance.now(),
    tick() {
      const now = performance.now();
      if (!document.hidden) this.total += Math.max(0, Math.min(now, this.last + idle) - this.since);
      this.since = now;
    },
    touch() { this.tick(); this.last = performance.now(); },
    restart() { this.total = 0; this.since = this.last = performance.now(); },
    value() { this.tick(); return Math.round(this.total); },
  };
  ["keydown", "pointerdown", "pointermove", "scroll", "touchstart"].forEach((name) =>
    document.addEventListener(name, () => clock.touch(), { passive: true }));
  document.addEventListener("visibilitychange", () => { clock.tick(); if (!document.hidden) clock.last = clock.since = performance.now(); });

  /* ---- drafts: kept on the server while typing, in the browser at once ---- */

  const typedKey = () => `concord-typed-${current}`;
  let draftVersion = Number(form.elements.draft_version?.value ?? 0);
  let draftTimer = 0;
  let draftBusy = false;
  let draftOff = false;

  // Kinds with a page of their own name their fields as they like; the label review's draft has a shape of its own.
  const anyFields = form.dataset.fields === "all";
  const SHARED = new Set(["csrfmiddlewaretoken", "client_key", "based_on", "active_ms", "draft_version", "back"]);

  // How much of the window's top the question holds: what comes into focus or view must not end up beneath it.
  const pinned = new ResizeObserver(([{ target }]) => document.documentElement.style
    .setProperty("--pinned", `${target.offsetHeight + (Number.parseFloat(getComputedStyle(target).top) || 0)}px`));

  function announce() {
    pinned.disconnect();
    const question = reading.querySelector(".question");
    if (question) pinned.observe(question);
    document.dispatchEvent(new CustomEvent("concord:unit", { detail: { token: current } }));
  }

  function allFields() {
    const found = {};
    for (const field of form.elements) {
      if (!field.name || SHARED.has(field.name)) continue;
      const many = field.type === "checkbox" && form.querySelectorAll(`[name="${CSS.escape(field.name)}"]`).length > 1;
      if (many) found[field.name] = [...(found[field.name] ?? []), ...(field.checked ? [field.value] : [])];
      else if (field.type === "checkbox" || field.type === "radio") found[field.name] = field.checked ? field.value : (found[field.name] ?? "");
      else found[field.name] = field.value;
    }
    return found;
  }

  function putAllBack(typed) {
    for (const field of form.elements) {
      if (!field.name || SHARED.has(field.name) || !(field.name in typed)) continue;
      if (field.type === "checkbox" || field.type === "radio") field.checked = [].concat(typed[field.name]).includes(field.value);
      else field.value = typed[field.name];
    }
    if (form.elements.comment?.value) openComment();
  }

  function payload() {
    if (anyFields) return allFields();
    const data = new FormData(form);
    const chosen = data.getAll("values");
    const several = Boolean(form.querySelector("input[type=checkbox][name=values]"));
    return { values: several ? chosen : (chosen[0] ?? ""), unsure: data.has("unsure"), comment: data.get("comment") ?? "" };
  }

  function changed() {
    store.set(typedKey(), payload());
    clearTimeout(draftTimer);
    // Single choices are sent within a second or two: a draft is for those who stay and write.
    draftTimer = setTimeout(saveDraft, 1500);
  }

  async function saveDraft() {
    if (draftBusy || draftOff) return;
    const token = current;
    draftBusy = true;
    try {
      const reply = await post(`${addressOf(token)}draft/`, JSON.stringify({ payload: payload(), version: draftVersion }), "application/json");
      const body = await reply.json();
      if (token !== current) return;
      if (reply.status === 409) { draftOff = true; notice(texts.other, "warning", "other"); }
      if (reply.ok) { draftVersion = body.version; say(`${texts.draft} ${body.saved}`); }
    } catch { /* the browser holds it; the next change tries again */ } finally { draftBusy = false; }
  }

  function putBack() {
    const typed = store.get(typedKey());
    draftOff = false;
    if (!typed || JSON.stringify(typed) === JSON.stringify(payload())) return;
    if (anyFields) { putAllBack(typed); return say(texts.restored); }
    const values = [].concat(typed.values ?? []);
    form.querySelectorAll("[name=values]").forEach((input) => { input.checked = values.includes(input.value); });
    if (form.elements.unsure) form.elements.unsure.checked = Boolean(typed.unsure);
    if (form.elements.comment && typed.comment) { form.elements.comment.value = typed.comment; openComment(); }
    say(texts.restored);
  }

  /* ---- sending ---- */

  function say(text) { saved.textContent = text; saved.classList.remove("failed"); }

  function post(url, body, type) {
    return fetch(url, {
      method: "POST", body, redirect: "manual", credentials: "same-origin",
      headers: {
        Accept: "application/json", "X-CSRFToken": csrf(), ...(type ? { "Content-Type": type } : {}),
        "X-Held": [current, ...ahead.map((unit) => unit.token)].join(","),
      },
    });
  }

  function answerable() {
    return Boolean(form.querySelector("[name=values]:checked"));
  }

  function pack() {
    form.elements.active_ms.value = clock.value();
    const data = new FormData(form);
    data.delete("csrfmiddlewaretoken");
    // Only what was typed is kept in the browser, never the text that was judged.
    return { token: current, body: new URLSearchParams(data).toString() };
  }

  // What is on its way, by unit: a closed tab sends it at the next visit.
  function keep(parcel) { store.set(outbox, { ...store.get(outbox), [parcel.token]: parcel }); }
  function forget(token) { const all = store.get(outbox) ?? {}; delete all[token]; store.set(outbox, all); }

  function submit() {
    clearTimeout(draftTimer);
    const parcel = pack();
    const next = ahead[0];
    const instant = next && answerable() && !form.dataset.wait && !form.dataset.revising;
    keep(parcel);
    if (instant) moveOn();
    send(parcel, instant);
  }

  function moveOn() { before = current; show(ahead.shift()); offerUndo(); }

  function send(parcel, moved) {
    inFlight.add(parcel.token);
    // One after another: the server hands out the next units in the order of the answers.
    queue = queue.then(() => deliver(parcel, moved)).finally(() => inFlight.delete(parcel.token));
  }

  // Everything that is still on its way, oldest first.
  function resend() {
    clearTimeout(retryTimer);
    Object.values(store.get(outbox) ?? {}).filter(({ token }) => !inFlight.has(token))
      .forEach((parcel) => send(parcel, parcel.token !== current));
  }

  async function deliver(parcel, moved) {
    sending += 1;
    say(texts.saving);
    let reply;
    try {
      reply = await post(addressOf(parcel.token), parcel.body, "application/x-www-form-urlencoded");
    } catch {
      return later(texts.offline, true);
    } finally { sending -= 1; }
    if (reply.type === "opaqueredirect" || reply.status === 403 || reply.status === 401) return later(texts.login, false);
    if (reply.status >= 500) return later(texts.offline, true);
    if (reply.status === 404) return notice(texts.gone, "danger", "send");
    const body = await reply.json();
    forget(parcel.token);
    clearNotice("send");
    if (!reply.ok) return giveBack(parcel, body);
    taken(parcel, body, moved);
  }

  function giveBack(parcel, body) {
    if (parcel.token !== current) ahead.unshift({ token: current, reading: reading.innerHTML, dock: dock.innerHTML });
    show(body.unit);
    say("");
    // Most units say at the answer itself what is missing; said above as well, it would push the text down.
    const fault = dock.querySelector("[role=alert]") ?? reading.querySelector("[role=alert]");
    if (fault) fault.scrollIntoView({ block: "nearest" }); else notice(body.message, "danger", "send");
  }

  function taken(parcel, body, moved) {
    store.drop(`concord-typed-${parcel.token}`);
    say(`${texts.saved} ${body.saved}`);
    if (form.dataset.revising && parcel.token === current) return void location.assign(base);
    if (body.again && parcel.token === current) { delete form.dataset.wait; form.dataset.second = "1"; show(body.again); return; }
    if (form.dataset.second) { delete form.dataset.second; form.dataset.wait = "1"; }
    count(parcel);
    const known = new Set([current, ...ahead.map((unit) => unit.token)]);
    (body.ahead ?? []).filter((unit) => unit.reading && !known.has(unit.token)).forEach((unit) => ahead.push(unit));
    if (moved) return;
    before = parcel.token;
    const next = parcel.token === current ? ahead.shift() : null;
    if (next) { show(next); offerUndo(); } else if (parcel.token === current) location.assign(base);
  }

  const counted = new Set();
  function count(parcel) {
    if (counted.has(parcel.token)) return;
    counted.add(parcel.token);
    const number = document.getElementById("done-count");
    if (!number) return;
    number.textContent = String(Number(number.textContent) + 1);
    document.getElementById("done-bar").value = Number(number.textContent);
  }

  let retryTimer = 0;
  function later(text, byItself) {
    say(texts.unsent);
    saved.classList.add("failed");
    notice(text, "danger", "send");
    const actions = document.createElement("div");
    actions.className = "cluster";
    if (!byItself) actions.append(logIn());
    const button = document.createElement("button");
    button.type = "button"; button.className = "button small"; button.textContent = texts.retry;
    button.addEventListener("click", resend);
    actions.append(button);
    document.querySelector('[data-notice="send"]')?.append(actions);
    clearTimeout(retryTimer);
    if (byItself) retryTimer = setTimeout(resend, 5000);
  }

  // In another tab: this one holds what is on its way, and stays as it is.
  function logIn() {
    const link = document.createElement("a");
    link.href = texts.logInUrl; link.target = "_blank"; link.className = "button small"; link.textContent = texts.logIn;
    return link;
  }

  /* ---- what people press ---- */

  form.addEventListener("submit", (event) => { event.preventDefault(); if (!inFlight.has(current)) submit(); });
  form.addEventListener("input", (event) => { if (event.target.name) changed(); });
  // Whoever works by keys gets out of a text box again. An input method keeps its own Escape.
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing && event.target.matches("textarea")) event.target.blur();
  });
  form.addEventListener("change", (event) => {
    const auto = document.getElementById("auto-submit");
    if (event.target === auto) return void post(auto.dataset.url, new URLSearchParams({ auto_submit: auto.checked ? "1" : "" }));
    if (event.target.matches("[data-answer]")) dock.querySelector("ul.error[role=alert]")?.remove();
    if (auto?.checked && event.target.matches("input[type=radio][data-answer]")) form.requestSubmit();
  });
  dock.addEventListener("click", (event) => { if (event.target.closest("[data-open-comment]")) openComment(true); });

  function openComment(focus = false) {
    const box = dock.querySelector(".dock-comment");
    if (!box) return;
    box.classList.remove("folded");
    dock.querySelector("[data-open-comment]")?.setAttribute("aria-expanded", "true");
    if (focus) box.querySelector("textarea").focus();
  }

  function offerUndo() { if (undo && before) undo.hidden = false; }
  undo?.addEventListener("click", () => { if (before) location.assign(addressOf(before)); });
  window.addEventListener("beforeunload", (event) => { if (sending) event.preventDefault(); });

  /* ---- the guideline stays as it was left ---- */

  const guideline = document.querySelector(".drawer > details");
  const guidelineKey = `concord-guideline-${form.dataset.study}`;
  if (guideline && store.get(guidelineKey) === false) guideline.open = false;
  guideline?.addEventListener("toggle", () => store.set(guidelineKey, guideline.open));

  /* ---- start ---- */

  putBack();
  announce();
  const waiting = store.get(outbox)?.[current];
  // The server has an answer by now; what was typed since has just been put back.
  if (waiting && form.dataset.revising) forget(current);
  else if (waiting && ahead.length && !form.dataset.wait) moveOn();
  resend();
})();
