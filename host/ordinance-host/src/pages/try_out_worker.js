// The worker of the try-out: the engine and the rules as modules, each rule in a fresh instance for each call. It loads
// modules from the host by their digests, and may ask it for nothing else.

/** The most answers of rules that are kept, and the most characters of one. */
const ANSWERS_MAX = 10_000;
const ANSWER_LENGTH_MAX = 4_096;

let engine = null;
const rules = new Map();
/** The answers of rules by what they were asked: a rule has no other input, and a search asks the same again. */
const answers = new Map();

/** Numbers of 64 bits cross the border of the engine as `{"$int64": "..."}`. */
const revive = (_, value) => (typeof value?.$int64 === "string" ? BigInt(value.$int64) : value);
const replace = (_, value) => (typeof value === "bigint" ? { $int64: value.toString() } : value);

function callRule(digest, written) {
  const asked = `${digest} ${written}`;
  const known = answers.get(asked);
  if (known !== undefined) return known;
  const answer = callAnew(digest, written);
  if (answer === undefined) return undefined;
  if (answers.size >= ANSWERS_MAX) answers.clear();
  if (asked.length + answer.length <= ANSWER_LENGTH_MAX) answers.set(asked, answer);
  return answer;
}

/** The answer of a rule in a fresh instance; nothing if it traps or isn't there. */
function callAnew(digest, written) {
  const rule = rules.get(digest);
  if (!rule) return undefined;
  try {
    const exports = rule.module.instantiate((name) => rule.parts.get(name), {});
    const call = exports.determine ?? exports.ruleOn;
    return JSON.stringify(call(...JSON.parse(written, revive)), replace);
  } catch {
    // What went wrong may tell a fact.
    return undefined;
  }
}

async function takeRule({ digest, script, component }) {
  const module = await import(script);
  const part = ([name, [start, length]]) => [name, new WebAssembly.Module(component.slice(start, start + length))];
  rules.set(digest, { module, parts: new Map(Object.entries(module.parts).map(part)) });
}

async function open({ law }) {
  await Promise.all(law.loaded.map(takeRule));
  const core = new Map(law.core.map(([name, bytes]) => [name, new WebAssembly.Module(bytes)]));
  const module = await import(law.engine);
  engine = module.instantiate((name) => core.get(name), { "call-rule": { default: callRule } });
  const utf8 = new TextEncoder();
  const definitions = Object.entries(law.definitions).map(([path, text]) => ({ path, bytes: utf8.encode(text) }));
  const components = law.loaded.map(({ digest, component }) => ({ path: `rules/${digest}.wasm`, bytes: component }));
  engine.open({
    files: [{ path: "index.json", bytes: utf8.encode(law.index) }, ...definitions, ...components],
    types: law.loaded.map(({ digest, type }) => ({ digest, json: type })),
    rules: law.rules,
    rulebook: law.rulebook,
    place: law.place,
    service: law.service,
    today: law.today,
    recipientKind: law.recipientKind,
    recipientId: law.recipientId,
    key: crypto.getRandomValues(new Uint8Array(32)),
  });
  return null;
}

const kinds = {
  open,
  step: ({ form, language }) => engine.step(new TextEncoder().encode(form), language),
  decide: ({ asOf, knownAt, facts }) => engine.decide(asOf, knownAt, facts),
};

self.onmessage = async ({ data }) => {
  const { id, kind } = data;
  try {
    self.postMessage({ id, value: await kinds[kind](data) });
  } catch (error) {
    self.postMessage({ id, error: String(error?.payload?.message ?? error?.message ?? error) });
  }
};
