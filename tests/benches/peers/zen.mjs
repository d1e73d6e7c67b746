// Serves the two benefits of the benchmark by the zen engine: `node zen.mjs`, in a folder where @gorules/zen-engine is
// installed. It prints its address first.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

const { ZenEngine } = createRequire(join(process.cwd(), "package.json"))("@gorules/zen-engine");

// One expression for each member of the result, between an input and an output.
function model(expressions) {
  const entries = Object.entries(expressions);
  return {
    nodes: [
      { id: "in", name: "in", type: "inputNode", position: { x: 0, y: 0 }, content: {} },
      {
        id: "law",
        name: "law",
        type: "expressionNode",
        position: { x: 1, y: 0 },
        content: { expressions: entries.map(([key, value]) => ({ id: key, key, value })) },
      },
      { id: "out", name: "out", type: "outputNode", position: { x: 2, y: 0 }, content: {} },
    ],
    edges: [
      { id: "1", type: "edge", sourceId: "in", targetId: "law" },
      { id: "2", type: "edge", sourceId: "law", targetId: "out" },
    ],
  };
}

const isEligible =
  "disability_grade <= 2 and needs_long_term_care and not work_injury_care_payment" +
  " and not destitute_support and not draws_elderly_care_subsidy";
const engine = new ZenEngine();
const decisions = {
  "old-age-allowance": engine.createDecision(
    model({ outcome: 'age >= 80 and low_income ? "eligible" : "ineligible"', amount: "null" }),
  ),
  "disability-care-subsidy": engine.createDecision(
    model({
      outcome: `${isEligible} ? "eligible" : "ineligible"`,
      amount: `${isEligible} ? (disability_grade == 1 ? "193.00" : "161.00") : null`,
    }),
  ),
};

const server = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", async () => {
    const { jurisdiction, service, as_of, facts } = JSON.parse(Buffer.concat(parts).toString());
    const { result } = await decisions[service].evaluate(facts);
    const body = JSON.stringify({ jurisdiction, service, as_of, ...result });
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
    response.end(body);
  });
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
