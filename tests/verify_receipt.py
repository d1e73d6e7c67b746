#!/usr/bin/env python3
"""A second implementation of `ordinance receipt verify`: it shares no code with the first.

    python3 tests/verify_receipt.py RECEIPT ROOT

It prints `holds` or the reason why the receipt doesn't hold, and exits with 0 or 1. It needs the package `cryptography`
for Ed25519, and Python 3.11 or later. The formats: host/TRUST.md; TUF 1.0; C2SP signed-note and tlog-checkpoint;
RFC 6962, section 2.1.
"""
import base64
import csv
import datetime
import hashlib
import io
import json
import re
import sys
import tomllib
import unicodedata
import uuid

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "ordinance-receipt/1"
PLACE = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*")


class Refused(Exception):
    """The receipt doesn't hold."""


def require(condition, reason):
    if not condition:
        raise Refused(reason)


def sha256(data):
    return hashlib.sha256(data).digest()


def digest_of(text):
    return hashlib.sha256(text.encode()).hexdigest()


def is_signed(public, signature, message):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        return True
    except (InvalidSignature, ValueError):
        return False


def moment(text):
    text = re.sub(r"(\.\d{6})\d+", r"\1", text.replace("Z", "+00:00"))
    return datetime.datetime.fromisoformat(text)


# --- TUF ---------------------------------------------------------------------------------------------------------------


def canonical(value):
    """OLPC canonical JSON, which is what the signatures of metadata are over."""
    if isinstance(value, dict):
        members = sorted((unicodedata.normalize("NFC", name), member) for name, member in value.items())
        return b"{" + b",".join(canonical(name) + b":" + canonical(member) for name, member in members) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(canonical(item) for item in value) + b"]"
    if isinstance(value, str):
        text = unicodedata.normalize("NFC", value)
        return b'"' + text.replace("\\", "\\\\").replace('"', '\\"').encode() + b'"'
    if value is None or isinstance(value, bool):
        return json.dumps(value).encode()
    require(isinstance(value, int), "a number of the metadata is no integer")
    return str(value).encode()


def check_role(metadata, keys, role, name):
    message = canonical(metadata["signed"])
    named = [signature["keyid"] for signature in metadata["signatures"]]
    require(len(named) == len(set(named)), f"{name} has two signatures of one key")
    valid = 0
    for signature in metadata["signatures"]:
        key = keys.get(signature["keyid"])
        if key is None or signature["keyid"] not in role["keyids"]:
            continue
        require(hashlib.sha256(canonical(key)).hexdigest() == signature["keyid"], f"{name} names a key wrongly")
        require(key["keytype"] == "ed25519", f"{name} has a key that isn't Ed25519")
        valid += is_signed(bytes.fromhex(key["keyval"]["public"]), bytes.fromhex(signature["sig"]), message)
    require(valid >= role["threshold"], f"{name} isn't signed by enough keys")


class Repository:
    """The metadata of one authority, checked from a root on as they stood at a moment."""

    def __init__(self, files, pinned, at):
        self.files, self.at = files, at
        root = json.loads(pinned)
        self.check(root, root, "root", "root")
        while True:
            name = f"{root['signed']['version'] + 1}.root.json"
            if name not in files:
                break
            following = json.loads(files[name])
            self.check(following, root, "root", name)
            self.check(following, following, "root", name)
            require(following["signed"]["version"] == root["signed"]["version"] + 1, f"{name} has another version")
            place = [text["signed"]["authority"]["jurisdiction"] for text in (root, following)]
            require(place[0] == place[1], f"{name} is of another authority")
            root = following
        self.root = root
        self.place = root["signed"]["authority"]["jurisdiction"]
        self.fresh(root, "root")
        timestamp = self.load("timestamp.json", "timestamp")
        snapshot = self.named(timestamp, "snapshot")
        self.check(snapshot, root, "snapshot", "snapshot")
        self.fresh(snapshot, "snapshot")
        self.snapshot = snapshot
        targets = self.named(snapshot, "targets")
        self.check(targets, root, "targets", "targets")
        self.fresh(targets, "targets")
        self.targets = targets["signed"]["targets"]
        self.delegations = targets["signed"].get("delegations") or {"keys": {}, "roles": []}

    def check(self, metadata, root, role, name):
        signed = root["signed"]
        require(metadata["signed"]["_type"] == role, f"{name} is no {role}")
        check_role(metadata, signed["keys"], signed["roles"][role], name)

    def fresh(self, metadata, name):
        require(moment(metadata["signed"]["expires"]) > self.at, f"{name} had expired")

    def load(self, name, role):
        require(name in self.files, f"{name} is missing")
        metadata = json.loads(self.files[name])
        self.check(metadata, self.root, role, name)
        self.fresh(metadata, name)
        return metadata

    def named(self, by, role):
        meta = by["signed"]["meta"][f"{role}.json"]
        name = f"{meta['version']}.{role}.json"
        require(name in self.files, f"{name} is missing")
        text = self.files[name]
        require(digest_of(text) == meta["hashes"]["sha256"], f"{name} isn't the one that is named")
        metadata = json.loads(text)
        require(metadata["signed"]["version"] == meta["version"], f"{name} has another version")
        return metadata

    def digest(self, target):
        return self.targets.get(target, {}).get("hashes", {}).get("sha256")

    def approves(self, place, digest):
        name = f"approved-{place}"
        for role in self.delegations["roles"]:
            if role["name"] != name or f"{name}.json" not in self.snapshot["signed"]["meta"]:
                continue
            approved = self.named(self.snapshot, name)
            check_role(approved, self.delegations["keys"], role, name)
            self.fresh(approved, name)
            target = approved["signed"]["targets"].get(f"approved/{place}/{digest}", {})
            return target.get("hashes", {}).get("sha256") == digest
        return False


def repositories(metadata, root, at, places):
    """All authorities of the receipt, each delegated by one above it. `places` makes the tree of the top one's files."""
    top = json.loads(root)["signed"]["authority"]["jurisdiction"]
    require(top in metadata, f"the metadata of {top} are missing")
    found, waiting = {top: Repository(metadata[top], root, at)}, [top]
    tree = places(found[top])
    while waiting:
        code = waiting.pop()
        for place, files in metadata.items():
            digest = found[code].digest(f"authorities/{place}/root.json")
            if place in found or digest is None:
                continue
            require(code in tree.ever_above(place), f"{place} isn't below {code}, which delegates it")
            pinned = [text for text in files.values() if digest_of(text) == digest]
            require(pinned, f"the root of {place} is missing")
            found[place] = Repository(files, pinned[0], at)
            require(found[place].place == place, f"the metadata of {place} are of another authority")
            waiting.append(place)
    require(set(found) == set(metadata), "an authority is delegated by nobody")
    return top, found, tree


# --- places ------------------------------------------------------------------------------------------------------------


class Places:
    """The places of `rulebook.toml` and the tables that it names: periods with a parent, each known for some days."""

    def __init__(self, definitions):
        rulebook = tomllib.loads(definitions["rulebook.toml"])
        rows = list(rulebook.get("jurisdictions", []))
        for table in rulebook.get("jurisdiction-tables", []):
            rows += self.rows(definitions[table["file"]])
        self.periods = {}
        for row in rows:
            days = {name: str(row.get(name) or "") for name in ("from", "until", "published", "withdrawn")}
            self.periods.setdefault(row["code"], []).append({"parent": row.get("parent") or None, **days})

    @staticmethod
    def rows(text):
        text = text.removeprefix("\ufeff")
        separator = next((mark for mark in ",;\t" if mark in text.split("\n")[0]), ",")
        if text.startswith("sep="):
            separator, text = text[4], text.split("\n", 1)[1]
        rows = csv.DictReader(io.StringIO(text), delimiter=separator, skipinitialspace=True)
        return [{name.strip(): (cell or "").strip() for name, cell in row.items() if name} for row in rows]

    def ever_above(self, place):
        above, waiting = set(), [place]
        while waiting:
            for period in self.periods.get(waiting.pop(), []):
                parent = period["parent"]
                if parent and not period["withdrawn"] and parent not in above:
                    above.add(parent)
                    waiting.append(parent)
        return above

    def chain(self, place, as_of, known_at):
        chain = []
        while place:
            fitting = [
                period
                for period in self.periods.get(place, [])
                if period["published"] <= known_at
                and not (period["withdrawn"] and period["withdrawn"] <= known_at)
                and period["from"] <= as_of
                and not (period["until"] and period["until"] <= as_of)
            ]
            require(len(fitting) == 1 and len(chain) < 8, f"{place} isn't a place on {as_of}")
            chain.insert(0, place)
            place = fitting[0]["parent"]
        return chain

    def latest_parent(self, place):
        periods = [period for period in self.periods.get(place, []) if not period["withdrawn"]]
        return max(periods, key=lambda period: period["from"])["parent"] if periods else None


def maker_of(place, authorities, tree):
    """The authority that makes the law of a place: its own, or the nearest above it that anybody delegates."""
    known = set(authorities)
    for code, repository in authorities.items():
        for target in repository.targets:
            lower = re.fullmatch(r"authorities/([^/]+)/root\.json", target)
            if lower and code in tree.ever_above(lower[1]):
                known.add(lower[1])
    level = place
    while level and level not in known:
        level = tree.latest_parent(level)
    return level or min(known & tree.ever_above(place), default=None)


# --- the log -----------------------------------------------------------------------------------------------------------


def log_key(text):
    name, number, key = text.split("+", 2)
    key = base64.b64decode(key, validate=True)
    require(key[:1] == b"\x01" and len(key) == 33, "the key of the log is no Ed25519 key")
    identity = sha256(name.encode() + b"\n" + key)[:4]
    require(identity.hex() == number, "the key of the log has another id")
    return name, identity, key[1:]


def tree_head(checkpoint, key):
    name, identity, public = key
    body, _, signatures = checkpoint.rpartition("\n\n")
    message = (body + "\n").encode()
    for line in signatures.splitlines():
        dash, signer, signature = line.split(" ")
        signature = base64.b64decode(signature, validate=True)
        if dash == "\u2014" and signer == name and signature[:4] == identity:
            require(is_signed(public, signature[4:], message), "the checkpoint isn't signed by the log")
            origin, size, root = body.split("\n")[:3]
            require(origin == name and str(int(size)) == size, "the checkpoint is of another log")
            require(int(size) <= 1 << 48, "the tree is too large")
            return int(size), base64.b64decode(root, validate=True)
    raise Refused("the checkpoint isn't signed by the log")


def root_of(leaf, index, size, proof):
    """The root that an inclusion proof leads to (RFC 9162, section 2.1.3.2)."""
    require(0 <= index < size, "the record lies outside the tree")
    node, last, result = index, size - 1, leaf
    for sibling in proof:
        require(last > 0, "the proof is too long")
        if node & 1 or node == last:
            result = sha256(b"\x01" + sibling + result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = sha256(b"\x01" + result + sibling)
        node, last = node >> 1, last >> 1
    require(last == 0, "the proof is too short")
    return result


# --- the receipt -------------------------------------------------------------------------------------------------------


def verify(receipt, root):
    require(receipt["format"] == FORMAT, "the format is another one")
    leaf, request, answer = (json.loads(receipt[part]) for part in ("leaf", "request", "answer"))
    for member in ("id", "rulebook", "service", "jurisdiction", "as_of", "known_at", "outcome"):
        require(answer.get(member) == leaf[member], f"the answer contradicts the leaf in {member}")
    for member in ("service", "as_of", "known_at", "processed_on"):
        require(request.get(member) == leaf[member], f"the request contradicts the leaf in {member}")
    require(receipt["id"] == leaf["id"] == str(uuid.UUID(leaf["id"])), "the id is another one")
    require(type(leaf["index"]) is int, "the number of the record is no number")
    require(request.get("jurisdiction") == leaf.get("asked", leaf["jurisdiction"]), "the request is of another place")
    require(answer.get("mode") == leaf.get("mode", "official"), "the mode is another one")
    shown, recorded = ([seen(layer) for layer in part["layers"]] for part in (answer, leaf))
    require(shown == recorded and recorded[-1]["jurisdiction"] == leaf["jurisdiction"], "the levels are other ones")
    made = uuid.UUID(leaf["id"]).int >> 80
    require(abs(moment(leaf["time"]).timestamp() * 1000 - made) <= 6000, "the time isn't that of the id")
    salt = base64.b64decode(receipt["salt"], validate=True)
    require(len(salt) == 32, "the salt hasn't 32 bytes")
    committed = sha256(salt + sha256(receipt["request"].encode()) + sha256(receipt["answer"].encode()))
    require(leaf["commitment"] == "sha256:" + committed.hex(), "the record commits to something else")

    log = receipt["log"]
    require(log["index"] == leaf["index"], "the number of the record is another one")
    size, head = tree_head(log["checkpoint"], log_key(log["key"]))
    proof = [base64.b64decode(text, validate=True) for text in log["proof"]]
    require(all(len(item) == 32 for item in proof), "a hash of the proof hasn't 32 bytes")
    included = root_of(sha256(b"\x00" + receipt["leaf"].encode()), log["index"], size, proof)
    require(included == head, "the record isn't in the log")

    require("publication" in receipt, "nobody signed the rulebook")
    verify_publication(receipt["publication"], leaf, log["key"], root)


def verify_publication(publication, leaf, log_key_text, root):
    require("sha256:" + digest_of(publication["index"]) == leaf["rulebook"], "the index is of another rulebook")
    index, definitions = json.loads(publication["index"]), publication["definitions"]

    def places(top):
        for path, text in definitions.items():
            if not of_place(path):
                require(top.digest(f"definitions/{path}") == digest_of(text), f"nobody published {path}")
        return Places(definitions)

    metadata, at = publication["metadata"], moment(leaf["time"])
    top, authorities, tree = repositories(metadata, root, at, places)
    own = leaf["jurisdiction"]
    listed = f"logs/{digest_of(log_key_text)}.txt"
    vouching = [authorities[code] for code in {own, *tree.ever_above(own)} if code in authorities]
    require(any(a.digest(listed) == digest_of(log_key_text) for a in vouching), "no authority lists the log")
    chain = tree.chain(own, leaf["as_of"], leaf["known_at"])
    require([layer["jurisdiction"] for layer in leaf["layers"]] == chain, "the levels aren't those of the place")
    service = leaf["service"]
    for path, digest in index["definitions"].items():
        place, is_service = of_place(path), path.startswith("services/")
        publisher = maker_of(place, authorities, tree) if place else top
        is_needed = place in chain and path.split("/")[1] == service if place else True
        if is_needed and not (is_service and path != f"services/{service}.toml"):
            require(digest_of(definitions.get(path, "")) == digest, f"{path} isn't that of the rulebook")
        if is_needed:
            found = authorities[publisher].digest(f"definitions/{path}") if publisher in authorities else None
            require(found == digest, f"{publisher} didn't publish {path}")
    require(set(definitions) <= set(index["definitions"]), "a definition file isn't of the rulebook")
    contract = tomllib.loads(definitions[f"services/{service}.toml"])
    needed = [approval["by"] for approval in contract.get("approvals", [])]
    for place in chain:
        check_complete(place, index, authorities, tree)
    for layer in leaf["layers"]:
        check_layer(layer, index, authorities, tree, needed)
    for layer in leaf.get("privacy", []):
        check_layer(layer, index, authorities, tree, [])


def of_place(path):
    folder, slash, _ = path.partition("/")
    return folder if slash and PLACE.fullmatch(folder) else None


def seen(layer):
    """A level as both the answer and the record have it."""
    return {name: layer[name] for name in ("jurisdiction", "rule", "digest", "status", "published_by") if name in layer}


def check_complete(place, index, authorities, tree):
    """The rulebook has every rule that the place's authority publishes, or says that it can't use one."""
    rules = [rule["state"] for rule in index["rules"] if rule["jurisdiction"] == place]
    maker = maker_of(place, authorities, tree)
    if maker not in authorities or not all("built" in state for state in rules):
        return
    published = [re.fullmatch(rf"rules/{place}/([0-9a-f]{{64}})\.wasm", name) for name in authorities[maker].targets]
    for rule in filter(None, published):
        require({"built": rule[1]} in rules, f"the index lacks a rule of {place}")


def check_layer(layer, index, authorities, tree, needed):
    failed = layer.get("failure") and layer.get("status", "failed") == "failed"
    if not layer.get("rule") or failed:
        return
    place, digest = layer["jurisdiction"], layer["digest"].removeprefix("sha256:")
    is_built = any(r["jurisdiction"] == place and r["state"] == {"built": digest} for r in index["rules"])
    require(is_built, f"the rule of {place} isn't in the index")
    maker = maker_of(place, authorities, tree)
    require(maker in authorities, f"no authority that may published the rule of {place}")
    found = authorities[maker].digest(f"rules/{place}/{digest}.wasm")
    require(found == digest, f"no authority that may published the rule of {place}")
    said = layer.get("published_by", {})
    require(said.get("authority") == maker, f"the record names another publisher of the rule of {place}")
    approvals = [approval["authority"] for approval in said.get("approved_by", [])]
    for code in approvals + [code for code in needed if code in tree.ever_above(place)]:
        require(code in authorities and authorities[code].approves(place, digest), f"{code} didn't approve it")


# --- the reply around a receipt ----------------------------------------------------------------------------------------

OUTCOME = "id mode objection replaces outcome reason grant at_least missing missing_cut_short rulebook".split()
LAYER, FINDING = ("jurisdiction", "digest", "status"), ("criterion", "item", "satisfied", "hidden")


def check_reply(reply, answer):
    """The reply must be the answer in one of the forms of `explain`; nothing else of it is committed to."""
    only = lambda value, names: {name: value[name] for name in names if name in value}
    findings = lambda layer: [only(finding, FINDING) for finding in layer["findings"]]
    layers = [only(layer, LAYER) | {"findings": findings(layer)} for layer in answer["layers"]]
    outcome = only(answer, OUTCOME)
    short = outcome | {"decided_by": answer["decided_by"], "layers": layers}
    shown = {name: value for name, value in reply.items() if name != "receipt"}
    require(shown in (answer, short, outcome), "the reply around the receipt was altered")


def unique(members):
    names = [name for name, _ in members]
    require(len(names) == len(set(names)), "a member stands twice")
    return dict(members)


def main():
    receipt, root = sys.argv[1:3]
    with open(receipt, encoding="utf-8") as file:
        text = file.read()
    with open(root, encoding="utf-8") as file:
        root = file.read()
    try:
        reply = json.loads(text, object_pairs_hook=unique)
        receipt = reply.get("receipt", reply)
        verify(receipt, root)
        if receipt is not reply:
            check_reply(reply, json.loads(receipt["answer"]))
    except Refused as refused:
        print(refused)
        return 1
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        print(f"the receipt is malformed: {type(error).__name__} {error}")
        return 1
    print("holds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
