// The try-out in a page: loads the law, has a worker run it, and shows each step that the worker makes. What a person
// answers goes to the worker and nowhere else: the page may send no form, and it asks the host for the law alone.

/** The version of the file of a law that this page reads. */
const FORMAT = 1;
/** How long a step may take, and how long if a person asks for it again. */
const STEP_MS = 1_000;
const REPEATED_STEP_MS = 10_000;
/** How long the law may take to open, and a case of a reviewer. */
const OPENING_MS = 60_000;

const root = document.getElementById("try-out");
const texts = JSON.parse(root.dataset.texts);
/** The law of this page, as the host names it. */
const LAW = {
  rulebook: root.dataset.rulebook,
  place: root.dataset.place,
  service: root.dataset.service,
  today: root.dataset.today,
  rules: root.dataset.rules.split(" ").filter(Boolean),
  broken: root.dataset.broken.split(" ").filter(Boolean),
  recipientKind: root.dataset.recipientKind,
  recipientId: root.dataset.recipientId,
};
let language = root.dataset.language;
root.textContent = texts[language].loading;

async function fetched(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response;
}

const json = async (address) => (await fetched(address)).json();
const bytes = async (address) => new Uint8Array(await (await fetched(address)).arrayBuffer());

/** The law, the engine and the rules as the worker takes them. */
async function load(wanted) {
  const law = await json(`/try-out/law/${wanted.rulebook}.json`);
  if (law.format !== FORMAT) throw new Error(`a law of format ${law.format}`);
  const engine = `/try-out/engine/${law.engine}`;
  const names = await json(`${engine}.json`);
  const core = names.map(async (name, index) => [name, await bytes(`${engine}.${index}.wasm`)]);
  // A rule that can't run at the host is not loaded here either, so that its level fails.
  const canRun = (digest) => digest in law.rules && !wanted.broken.includes(digest);
  const rules = wanted.rules.filter(canRun).map(async (digest) => ({
    digest,
    script: `/try-out/rules/${law.rules[digest].script}.js`,
    component: await bytes(`/try-out/rules/${digest}.wasm`),
    type: law.rules[digest].type,
  }));
  const [loadedCore, loadedRules] = await Promise.all([Promise.all(core), Promise.all(rules)]);
  const { index, definitions } = law;
  return { ...wanted, engine: `${engine}.js`, core: loadedCore, loaded: loadedRules, index, definitions };
}

/** A worker that has opened a law. It is ended if it takes too long. */
class Engine {
  #waiting = new Map();
  #last = 0;

  constructor(law) {
    this.worker = new Worker(root.dataset.worker, { type: "module" });
    this.worker.onmessage = ({ data: { id, value, error } }) => this.#settle(id, value, error);
    this.worker.onerror = (event) => this.end(event.message || "failed");
    this.opened = this.#ask("open", { law }, OPENING_MS);
  }

  #ask(kind, message, limit) {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.end("slow"), limit);
      this.#waiting.set(id, { resolve, reject, timer });
      this.worker.postMessage({ id, kind, ...message });
    });
  }

  #settle(id, value, error) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(waiting?.timer);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(error));
  }

  /** Ends the worker; whatever it was asked fails with the reason. */
  end(reason) {
    this.worker.terminate();
    for (const id of [...this.#waiting.keys()]) this.#settle(id, undefined, reason);
  }

  async step(form, limit) {
    await this.opened;
    return this.#ask("step", { form, language }, limit);
  }

  async decide({ asOf, knownAt, facts }) {
    await this.opened;
    return this.#ask("decide", { asOf, knownAt, facts: JSON.stringify(facts) }, OPENING_MS);
  }
}

/** Shows a page that the worker made: its title and all of its parts, which are in one language. */
function show(html) {
  const made = new DOMParser().parseFromString(html, "text/html");
  document.documentElement.lang = made.documentElement.lang;
  document.title = made.title;
  for (const part of [".govuk-skip-link", "header", "footer"]) {
    document.querySelector(part).replaceWith(made.querySelector(part));
  }
  const container = (page) => page.getElementById("main").parentElement;
  container(document).replaceWith(container(made));
  const first = document.querySelector(".govuk-error-summary") ?? document.querySelector("main h1");
  first.setAttribute("tabindex", "-1");
  first.focus();
  window.scrollTo(0, 0);
}

/** Says that a step failed, with a button that takes it again. */
function showFailure(error, again) {
  const main = document.getElementById("main");
  main.querySelector("[data-failure]")?.remove();
  const box = document.createElement("div");
  box.className = "govuk-error-summary";
  box.setAttribute("role", "alert");
  box.dataset.failure = "";
  const words = document.createElement("p");
  words.className = "govuk-body";
  words.textContent = error.message === "slow" ? texts[language].slow : texts[language].failed;
  const button = document.createElement("button");
  button.className = "govuk-button";
  button.textContent = texts[language].again;
  button.addEventListener("click", again);
  box.append(words, button);
  main.prepend(box);
  button.focus();
}

let engine = null;
let isRunning = false;

/** Takes a step, unless another one is running. */
async function take(form, limit = STEP_MS) {
  if (isRunning) return;
  isRunning = true;
  document.getElementById("main").setAttribute("aria-busy", "true");
  try {
    engine ??= new Engine(await load(LAW));
    show(await engine.step(form, limit));
  } catch (error) {
    engine?.end("failed");
    engine = null;
    showFailure(error, () => take(form, REPEATED_STEP_MS));
  } finally {
    isRunning = false;
    document.getElementById("main").removeAttribute("aria-busy");
  }
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  const { submitter, target } = event;
  const data = new URLSearchParams();
  for (const [name, value] of new FormData(target)) data.append(name, String(value));
  if (submitter?.name) data.append(submitter.name, submitter.value);
  if (submitter?.hasAttribute("formaction")) {
    language = new URL(submitter.formAction, location.href).searchParams.get("lang") ?? language;
  }
  take(data.toString());
});

// For reviewers and tests: decides cases without the questions, each `{asOf, knownAt, facts}`, by the law of this page
// or of what `other` names of it. It changes nothing of the page.
globalThis.tryOut = async (other, cases) => {
  const own = new Engine(await load({ ...LAW, ...other }));
  const answers = [];
  for (const one of cases) {
    answers.push(await own.decide(one).then(JSON.parse, (error) => ({ error: error.message })));
  }
  own.end("done");
  return answers;
};

take("action=start");
