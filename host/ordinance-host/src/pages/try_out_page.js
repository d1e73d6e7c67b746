// The try-out in a page: loads the law, has a worker run it, and shows each step that the worker makes. What a person
// answers goes to the worker and nowhere else: the page may send no form, and it asks the host for the law alone.

const STEP_MS = 1_000;
const OPENING_MS = 60_000;

const root = document.getElementById("try-out");
const asked = { ...root.dataset };
const texts = { loading: root.textContent, failed: asked.failed, slow: asked.slow, again: asked.again };
let language = asked.language;

async function fetched(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response;
}

const json = async (address) => (await fetched(address)).json();
const bytes = async (address) => new Uint8Array(await (await fetched(address)).arrayBuffer());

/** The law, the engine and the rules as the worker takes them. */
async function load() {
  const law = await json(`/try-out/law/${asked.rulebook}.json`);
  const engine = `/try-out/engine/${law.engine}`;
  const names = await json(`${engine}.json`);
  const core = names.map(async (name, index) => [name, await bytes(`${engine}.${index}.wasm`)]);
  // A rule that can't run has no file; its level fails here as it does at the host.
  const rules = asked.rules.split(" ").filter((digest) => digest in law.types).map(async (digest) => ({
    digest,
    script: `/try-out/rules/${digest}.js`,
    component: await bytes(`/try-out/rules/${digest}.wasm`),
    type: law.types[digest],
  }));
  const [loadedCore, loadedRules] = await Promise.all([Promise.all(core), Promise.all(rules)]);
  return {
    engine: `${engine}.js`,
    core: loadedCore,
    rules: loadedRules,
    applying: asked.rules.split(" ").filter(Boolean),
    index: law.index,
    definitions: law.definitions,
    place: asked.place,
    service: asked.service,
    today: asked.today,
    recipientKind: asked.recipientKind,
    recipientId: asked.recipientId,
  };
}

/** A worker, which is ended if it takes too long. */
class Engine {
  constructor(law) {
    this.law = law;
    this.opened = null;
  }

  ask(kind, message, limit) {
    const worker = this.worker;
    return new Promise((resolve, reject) => {
      const end = (settle, value) => {
        clearTimeout(timer);
        settle(value);
      };
      const timer = setTimeout(() => {
        this.end();
        reject(new Error("slow"));
      }, limit);
      worker.onmessage = ({ data }) => ("value" in data ? end(resolve, data.value) : end(reject, new Error(data.error)));
      worker.onerror = (event) => {
        this.end();
        end(reject, new Error(event.message || "failed"));
      };
      worker.postMessage({ kind, ...message });
    });
  }

  open() {
    this.opened ??= (() => {
      this.worker = new Worker(asked.worker, { type: "module" });
      return this.ask("open", { law: this.law }, OPENING_MS);
    })();
    return this.opened;
  }

  end() {
    this.worker?.terminate();
    this.opened = null;
  }

  async step(form) {
    await this.open();
    return this.ask("step", { form, language }, STEP_MS);
  }

  async decide({ asOf, knownAt, facts }) {
    await this.open();
    return this.ask("decide", { asOf, knownAt, facts: JSON.stringify(facts) }, STEP_MS);
  }
}

/** Shows a page that the worker made: its title, header and contents. */
function show(html) {
  const made = new DOMParser().parseFromString(html, "text/html");
  document.documentElement.lang = made.documentElement.lang;
  document.title = made.title;
  const container = (of) => of.getElementById("main").parentElement;
  document.querySelector("header").replaceWith(made.querySelector("header"));
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
  words.textContent = error.message === "slow" ? texts.slow : texts.failed;
  const button = document.createElement("button");
  button.className = "govuk-button";
  button.textContent = texts.again;
  button.addEventListener("click", again);
  box.append(words, button);
  main.prepend(box);
  button.focus();
}

let engine = null;

async function take(form) {
  try {
    engine ??= new Engine(await load());
    show(await engine.step(form));
  } catch (error) {
    showFailure(error, () => take(form));
  }
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  const { submitter, target } = event;
  const data = new URLSearchParams();
  for (const [name, value] of new FormData(target)) data.append(name, String(value));
  if (submitter?.name) data.append(submitter.name, submitter.value);
  const chosen = submitter && new URL(submitter.formAction, location.href).searchParams.get("lang");
  if (chosen) language = chosen;
  take(data.toString());
});

// For reviewers and tests: decides cases without the questions, each `{asOf, knownAt, facts}`, of any service and place.
// `rules` are the digests of all rules that may apply.
globalThis.tryOut = async ({ place, service, rules }, cases) => {
  engine?.end();
  Object.assign(asked, { place, service, rules: rules.join(" ") });
  engine = new Engine(await load());
  const answers = [];
  for (const one of cases) {
    const answer = await engine.decide(one).then(JSON.parse, (error) => ({ error: error.message }));
    answers.push(answer);
  }
  return answers;
};

take("action=start");
