"use strict";
// Shows the OpenAPI document of this host and sends requests to it. Texts are set as text, never as HTML.

function element(name, attributes, ...children) {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function nameOf(reference) {
  return reference.split("/").pop();
}

function resolved(openapi, schema) {
  return schema && schema.$ref ? openapi.components.schemas[nameOf(schema.$ref)] ?? {} : schema ?? {};
}

function choicesOf(schema) {
  return schema.oneOf ?? schema.anyOf ?? schema.allOf ?? [];
}

/// The type in a few words, with links to named types.
function typeText(schema) {
  if (!schema || schema === true) return "anything";
  if (schema.$ref) {
    const name = nameOf(schema.$ref);
    return element("a", { href: "#" + name }, name);
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  const choices = choicesOf(schema);
  if (choices.length > 0) {
    const joint = schema.allOf ? " and " : " or ";
    return element("span", {}, ...choices.flatMap((choice, index) => (index ? [joint, typeText(choice)] : [typeText(choice)])));
  }
  const type = [schema.type ?? "object"].flat().join(" or ");
  if (schema.items) return element("span", {}, "list of ", typeText(schema.items));
  if (schema.additionalProperties && schema.additionalProperties !== true && !schema.properties) {
    return element("span", {}, type + " with values ", typeText(schema.additionalProperties));
  }
  return schema.format ? type + " (" + schema.format + ")" : type;
}

/// The fields of a type, one to a line, those within it further in.
function fieldsOf(schema, depth = 0) {
  const shown = element("div", {});
  if (depth > 6 || !schema || schema === true) return shown;
  const required = schema.required ?? [];
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const presence = required.includes(name) ? ": " : " (optional): ";
    const about = field.description ? element("span", { className: "quiet" }, "  " + field.description) : null;
    shown.append(
      element("div", { className: "field" }, element("code", {}, name), presence, typeText(field), about, fieldsOf(field, depth + 1)),
    );
  }
  for (const inner of [...choicesOf(schema), schema.items]) {
    if (inner && !inner.$ref) shown.append(fieldsOf(inner, depth + 1));
  }
  return shown;
}

/// An example of a type: that of the document, or one made from its fields.
function exampleOf(openapi, schema, depth = 0) {
  const found = resolved(openapi, schema);
  if (depth > 8) return null;
  if (found.example !== undefined) return found.example;
  if (found.examples?.length) return found.examples[0];
  if (found.default !== undefined) return found.default;
  if (found.const !== undefined) return found.const;
  if (found.enum) return found.enum[0];
  if (found.allOf) return Object.assign({}, ...found.allOf.map((part) => exampleOf(openapi, part, depth + 1)));
  const choice = choicesOf(found).find((one) => one.type !== "null");
  if (choice) return exampleOf(openapi, choice, depth + 1);
  const type = [found.type].flat().find((one) => one !== "null");
  switch (type) {
    case "string":
      return found.format === "date" ? new Date().toISOString().slice(0, 10) : "";
    case "integer":
    case "number":
      return found.minimum ?? 0;
    case "boolean":
      return true;
    case "array":
      return [exampleOf(openapi, found.items, depth + 1)];
    default: {
      const wanted = (name) => (found.required ?? []).includes(name) || depth === 0;
      const fields = Object.entries(found.properties ?? {}).filter(([name]) => wanted(name));
      return Object.fromEntries(fields.map(([name, field]) => [name, exampleOf(openapi, field, depth + 1)]));
    }
  }
}

function bodyExample(openapi, media) {
  const named = Object.values(media.examples ?? {})[0]?.value;
  return media.example ?? named ?? exampleOf(openapi, media.schema);
}

function text(content) {
  return content ? element("p", { className: "text" }, content) : null;
}

async function send(method, path, inputs, body, media, answer) {
  const query = new URLSearchParams();
  const headers = {};
  for (const { parameter, input } of inputs) {
    if (parameter.in === "path") path = path.replace("{" + parameter.name + "}", encodeURIComponent(input.value));
    else if (input.value && parameter.in === "query") query.append(parameter.name, input.value);
    else if (input.value && parameter.in === "header") headers[parameter.name] = input.value;
  }
  const key = document.getElementById("key").value;
  if (key) headers.authorization = "Bearer " + key;
  if (body) headers["content-type"] = media;
  const address = path + (query.size ? "?" + query : "");
  try {
    const response = await fetch(address, { method: method.toUpperCase(), headers, body: body?.value });
    const content = await response.text();
    let shown = content;
    // A number keeps its digits: the text is indented only if that changes none of them.
    try {
      const indented = JSON.stringify(JSON.parse(content), null, 2);
      if (JSON.stringify(JSON.parse(indented)) === content) shown = indented;
    } catch {
      // Not JSON: shown as it came.
    }
    answer.textContent = response.status + " " + response.statusText + "  " + address + "\n\n" + shown;
  } catch (error) {
    answer.textContent = "no answer from this host: " + error.message;
  }
  answer.hidden = false;
}

function operation(openapi, path, method, spec, shared) {
  const parameters = [...(shared ?? []), ...(spec.parameters ?? [])];
  const inputs = parameters.map((parameter) => {
    const example = parameter.example ?? resolved(openapi, parameter.schema).example ?? "";
    return { parameter, input: element("input", { value: example, size: 40 }) };
  });
  const fields = inputs.map(({ parameter, input }) => {
    const presence = parameter.required ? "" : " (optional)";
    const about = parameter.description ? " " + parameter.description : "";
    return element("label", {}, element("code", {}, parameter.name), presence + " ", input, element("span", { className: "quiet" }, about));
  });
  const [media, content] = Object.entries(spec.requestBody?.content ?? {})[0] ?? [];
  const body = content
    ? element("textarea", { spellcheck: false, ariaLabel: "the body of the request", value: JSON.stringify(bodyExample(openapi, content), null, 2) })
    : null;
  const answer = element("pre", { hidden: true });
  const button = element("button", { type: "button" }, "Send");
  button.addEventListener("click", () => send(method, path, inputs, body, media, answer));
  const answers = Object.entries(spec.responses ?? {}).map(([status, response]) => {
    const schema = Object.values(response.content ?? {})[0]?.schema;
    return element("div", { className: "field" }, element("code", {}, status), " ", response.description ?? "", schema ? ": " : "", schema ? typeText(schema) : "");
  });
  return element(
    "details",
    { id: method + path },
    element("summary", {}, element("code", { className: "method" }, method), " ", element("code", {}, path), " ", element("span", { className: "quiet" }, spec.summary ?? "")),
    text(spec.description),
    ...fields,
    body ? element("div", {}, element("h3", {}, "Request: ", typeText(content.schema)), body) : null,
    button,
    answer,
    element("h3", {}, "Answers"),
    ...answers,
  );
}

function show(openapi) {
  document.getElementById("title").textContent = openapi.info.title + " " + openapi.info.version;
  document.getElementById("about").textContent = openapi.info.description ?? "";
  const operations = document.getElementById("operations");
  operations.replaceChildren();
  const groups = new Map();
  for (const [path, methods] of Object.entries(openapi.paths)) {
    for (const [method, spec] of Object.entries(methods)) {
      if (!["get", "post", "put", "patch", "delete"].includes(method)) continue;
      const tag = spec.tags?.[0] ?? "Requests";
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operation(openapi, path, method, spec, methods.parameters));
    }
  }
  for (const [tag, shown] of groups) operations.append(element("h2", {}, tag), ...shown);
  const schemas = document.getElementById("schemas");
  for (const [name, schema] of Object.entries(openapi.components?.schemas ?? {})) {
    schemas.append(
      element("details", { id: name }, element("summary", {}, element("code", {}, name)), text(schema.description), element("p", {}, typeText(schema)), fieldsOf(schema)),
    );
  }
  // A link to a type opens it.
  const open = () => document.getElementById(decodeURIComponent(location.hash.slice(1)))?.setAttribute("open", "");
  addEventListener("hashchange", open);
  open();
}

fetch("/openapi.json")
  .then((response) => response.json())
  .then(show)
  .catch((error) => {
    document.getElementById("operations").textContent = "/openapi.json can't be shown: " + error.message;
  });
