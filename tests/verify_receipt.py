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
import math
import os
import re
import sys
import tomllib
import unicodedata
import uuid

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "ordinance-receipt/2"
PLACE = re.compile(r"(?=.{1,32}\Z)[A-Z0-9]+(-[A-Z0-9]+)*")
ID = re.compile(r"(?=.{1,64}\Z)[a-z][a-z0-9]*(-[a-z0-9]+)*")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
FIRST_DAY = "-009999-01-01"
INDEX = "index.json"
UTC_SECOND = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
TIME = re.compile(UTC_SECOND.pattern[:-1] + r"(\.[0-9]{0,8}[1-9])?Z")
HEX = re.compile(r"([0-9a-f]{2})*")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
HEX_DIGEST = re.compile(r"[0-9a-f]{64}")


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


# --- one spelling of everything ----------------------------------------------------------------------------------------


def unique(members):
    names = [name for name, _ in members]
    require(len(names) == len(set(names)), "a member stands twice")
    return dict(members)


def number(text):
    require(math.isfinite(float(text)), "a number isn't finite")
    return int(text) if re.fullmatch(r"-?[0-9]+", text) else float(text)


def no_constant(text):
    raise Refused(f"{text} is no JSON")


def check_depth(value, deepest, depth=0):
    require(depth <= deepest, "values are nested too deep")
    if isinstance(value, str):
        require(not re.search("[\ud800-\udfff]", value), "a text has half a character")
    for name in value if isinstance(value, dict) else []:
        check_depth(name, deepest, depth)
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        check_depth(item, deepest, depth + 1)


def read_json(text, deepest=100):
    """JSON that every program reads alike."""
    require(type(text) is str, "a part is no text")
    hooks = {"object_pairs_hook": unique, "parse_constant": no_constant, "parse_float": number, "parse_int": number}
    value = json.loads(text, **hooks)
    check_depth(value, deepest)
    return value


def read_base64(text):
    data = base64.b64decode(text, validate=True)
    require(base64.b64encode(data).decode() == text, "a part isn't written in base64 as it must be")
    return data


def is_day(text):
    return type(text) is str and bool(DAY.fullmatch(text)) and bool(datetime.date.fromisoformat(text))


def check_shape(value, name, required, optional={}):
    """Checks that an object has these members, each fit for its check, and no others."""
    require(type(value) is dict, f"{name} is no object")
    known = required | optional
    require(set(required) <= set(value) <= set(known), f"{name} has other members than it must have")
    for member, fits in known.items():
        require(member not in value or fits(value[member]), f"{name} has a `{member}` that isn't written as it must be")


def is_text(value):
    return type(value) is str


def fits(pattern):
    return lambda value: type(value) is str and bool(pattern.fullmatch(value))


def has_null(value):
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return value is None or any(has_null(item) for item in items)


def moment(text):
    """A time to the microsecond."""
    return datetime.datetime.fromisoformat(re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text).replace("Z", "+00:00"))


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


def check_spelling(name, text):
    """A file of metadata is of the type that its name says, and is written in one way."""
    metadata = read_json(text)
    role = name.removesuffix(".json").split(".", 1)[-1]
    role = role if role in ("root", "timestamp", "snapshot") else "targets"
    require(metadata["signed"]["_type"] == role, f"{name} is no {role}")
    check_members(metadata, name)


def check_members(value, where):
    is_hex = fits(HEX)
    for name, member in value.items() if isinstance(value, dict) else []:
        good = True
        if name in ("keyid", "sig", "sha256", "public") and isinstance(member, str):
            good = is_hex(member)
        elif name == "expires" and isinstance(member, str):
            good = bool(UTC_SECOND.fullmatch(member))
        elif name == "keyids" and isinstance(member, list) or name == "keys" and isinstance(member, dict):
            good = all(map(is_hex, member))
        require(good, f"{where} has a `{name}` that isn't written as it must be")
        check_members(member, where)
    for item in value if isinstance(value, list) else []:
        check_members(item, where)


class Repository:
    """The metadata of one authority, checked from a root on as they stood at a moment."""

    def __init__(self, files, pinned, at):
        self.files, self.at = files, at
        root = read_json(pinned)
        self.check(root, root, "root", "root")
        while True:
            name = f"{root['signed']['version'] + 1}.root.json"
            if name not in files:
                break
            following = read_json(files[name])
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
        self.index = {"rules": []}
        require(self.digest(INDEX) is not None or INDEX not in files, f"nobody lists the index of {self.place}")
        if self.digest(INDEX) is not None:
            require(digest_of(files.get(INDEX, "")) == self.digest(INDEX), f"the index of {self.place} is missing")
            self.index = read_json(files[INDEX])
            check_index_shape(self.index)

    def check(self, metadata, root, role, name):
        signed = root["signed"]
        require(metadata["signed"]["_type"] == role, f"{name} is no {role}")
        check_role(metadata, signed["keys"], signed["roles"][role], name)

    def fresh(self, metadata, name):
        require(moment(metadata["signed"]["expires"]) > self.at, f"{name} had expired")

    def load(self, name, role):
        require(name in self.files, f"{name} is missing")
        metadata = read_json(self.files[name])
        self.check(metadata, self.root, role, name)
        self.fresh(metadata, name)
        return metadata

    def named(self, by, role):
        meta = by["signed"]["meta"][f"{role}.json"]
        name = f"{meta['version']}.{role}.json"
        require(name in self.files, f"{name} is missing")
        text = self.files[name]
        require(digest_of(text) == meta["hashes"]["sha256"], f"{name} isn't the one that is named")
        metadata = read_json(text)
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
    check_spelling("1.root.json", root)
    for files in metadata.values():
        for name, text in files.items():
            if name != INDEX:
                check_spelling(name, text)
    top = read_json(root)["signed"]["authority"]["jurisdiction"]
    require(top in metadata, f"the metadata of {top} are missing")
    found, waiting = {top: Repository(metadata[top], root, at)}, [top]
    tree = places(found[top])
    while waiting:
        code = waiting.pop()
        for place, files in metadata.items():
            digest = found[code].digest(f"authorities/{place}/root.json")
            if place in found or digest is None:
                continue
            require(place != code and code in tree.levels(place, at), f"{place} isn't below {code}, which delegates it")
            pinned = [text for text in files.values() if digest_of(text) == digest]
            require(pinned, f"the root of {place} is missing")
            found[place] = Repository(files, pinned[0], at)
            require(found[place].place == place, f"the metadata of {place} are of another authority")
            waiting.append(place)
    require(set(found) == set(metadata), "an authority is delegated by nobody")
    return top, Authorities(found, tree, at)


class Authorities:
    """The authorities of a receipt, by code."""

    def __init__(self, found, tree, at):
        self.found, self.tree, self.at = found, tree, at
        self.makers = set(found)
        for code, repository in found.items():
            for target in repository.targets:
                lower = re.fullmatch(r"authorities/([^/]+)/root\.json", target)
                if lower and lower[1] != code and code in tree.levels(lower[1], at):
                    self.makers.add(lower[1])

    def maker_of(self, place):
        """The authority that makes the law of a place: its own, or else the nearest above it on the day. None if its
        metadata aren't there."""
        maker = next((level for level in self.tree.levels(place, self.at) if level in self.makers), None)
        return maker if maker in self.found else None

    def published(self, place, target):
        """The digest of what the maker of a place's law published."""
        maker = self.maker_of(place)
        return self.found[maker].digest(target) if maker else None

    def approves(self, code, place, digest):
        return code in self.found and self.found[code].approves(place, digest)


# --- places ------------------------------------------------------------------------------------------------------------


class Places:
    """The places of `rulebook.toml` and the tables that it names: periods with a parent, each known for some days."""

    COLUMNS = "code parent from until successor published withdrawn time-zone".split()

    def __init__(self, definitions):
        rulebook = tomllib.loads(definitions["rulebook.toml"])
        rows = [self.of_toml(row) for row in rulebook.get("jurisdictions", [])]
        for table in rulebook.get("jurisdiction-tables", []):
            rows += self.rows(definitions[table["file"]])
        self.periods = {}
        for row in rows:
            period = {name: row.get(name) or "" for name in self.COLUMNS[:7]}
            codes = [period["code"], *filter(None, [period["parent"]]), *period["successor"].split()]
            require(all(map(fits(PLACE), codes)), "a place has a code that is none")
            days = [period[name] for name in ("from", "until", "published", "withdrawn")]
            require(all(map(is_day, filter(None, days))), "a place has a day that is none")
            require(not days[1] or days[0] < days[1], "a place is there on no day")
            require(not days[3] or days[2] < days[3], "a place is known on no day")
            self.periods.setdefault(period["code"], []).append(period)
        for periods in self.periods.values():
            periods.sort(key=lambda period: period["from"])

    @staticmethod
    def of_toml(row):
        days = {name: row[name] for name in ("from", "until", "published", "withdrawn") if name in row}
        require(all(type(day) is datetime.date for day in days.values()), "a place has a day that is none")
        return row | {name: day.isoformat() for name, day in days.items()} | {
            "successor": " ".join(row.get("successors", []))
        }

    @classmethod
    def rows(cls, text):
        hidden = [mark for mark in text.removeprefix("\ufeff") if unicodedata.category(mark) == "Cc"]
        require(set(hidden) <= {"\n", "\r", "\t"}, "a table of places has a hidden character")
        require("\r" not in text.replace("\r\n", "\n"), "a table of places has a line end that isn't one")
        text = text.removeprefix("\ufeff")
        header = text.split("\n")[0]
        separators = [mark for mark in ",;\t" if mark in "".join(header.split('"')[::2])] or [","]
        if header.startswith("sep="):
            separators, text = header[4:].rstrip("\r"), text.split("\n", 1)[1]
        require(len(separators) == 1 and separators[0] in ",;\t", "a table of places has another separator")
        csv.field_size_limit(1 << 24)
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=separators[0])]
        head, *rows = [row for row in rows if row]
        require(len(head) == len(set(head)), "a table of places has two columns of one name")
        is_known = lambda name: name in cls.COLUMNS or name.startswith("name:") and name != "name:"
        require(all(map(is_known, head)) and {"code", "parent"} <= set(head), "a table of places has other columns")
        require(all(len(row) == len(head) for row in rows), "a row of a table of places has more or fewer cells")
        rows = [dict(zip(head, row)) for row in rows]
        for row in rows:
            names = [cell for name, cell in row.items() if name.startswith("name:") and cell]
            require(names and not any("\n" in name for name in names), "a place has no name, or a hidden character in it")
        return rows

    def published(self, place):
        return [period for period in self.periods.get(place, []) if not period["withdrawn"]]

    def ever_above(self, place):
        above, waiting = set(), [place]
        while waiting:
            for period in self.published(waiting.pop()):
                parent = period["parent"]
                if parent and parent not in above:
                    above.add(parent)
                    waiting.append(parent)
        return above

    def levels(self, place, at):
        """A place and those above it as they are on the day of a moment, the nearest first."""
        day, levels = at.astimezone(datetime.timezone.utc).date().isoformat(), []
        while place and len(levels) < 8:
            periods = self.published(place)
            if not periods:
                break
            begun = [period for period in periods if period["from"] <= day]
            levels.append(place)
            place = (begun[-1] if begun else periods[0])["parent"]
        return levels

    def chain(self, asked, as_of, known_at):
        """The levels of the place that has the role of a code on a day, the top first."""
        known = {
            code: [
                period
                for period in periods
                if period["published"] <= known_at and not (period["withdrawn"] and period["withdrawn"] <= known_at)
            ]
            for code, periods in self.periods.items()
        }
        there = {
            code: period
            for code, periods in known.items()
            for period in periods
            if period["from"] <= as_of and not (period["until"] and period["until"] <= as_of)
        }
        place, chain = self.role(asked, as_of, known, there), []
        while place in there and len(chain) < 8:
            chain.insert(0, place)
            place = there[place]["parent"]
        return chain

    @staticmethod
    def role(asked, day, known, there):
        """The place that has the role of a code on a day: its successor, or its predecessor."""
        if asked in there:
            return asked
        own = known.get(asked, [])
        require(own, f"{asked} is no place")
        has_ended = own[0]["from"] <= day

        def step(code):
            if has_ended:
                begun = [period for period in known.get(code, []) if period["from"] <= day]
                return begun[-1]["successor"].split() if begun else []
            first = next((period["from"] for period in known.get(code, []) if period["from"] > day), None)
            is_before = lambda period: first and period["until"] == first and code in period["successor"].split()
            return [other for other, periods in known.items() if any(map(is_before, periods))]

        seen, found, waiting = set(), set(), step(asked)
        while waiting:
            code = waiting.pop()
            if code not in seen:
                seen.add(code)
                found |= {code} & there.keys()
                waiting += [] if code in there else step(code)
        require(len(found) == 1, f"not one place has the role of {asked} on {day}")
        return found.pop()


# --- the log -----------------------------------------------------------------------------------------------------------


def log_key(text):
    name, identity_text, key = text.split("+", 2)
    key = read_base64(key)
    require(key[:1] == b"\x01" and len(key) == 33, "the key of the log is no Ed25519 key")
    identity = sha256(name.encode() + b"\n" + key)[:4]
    require(identity.hex() == identity_text, "the key of the log has another id")
    return name, identity, key[1:]


def tree_head(checkpoint, key):
    name, identity, public = key
    require(type(checkpoint) is str and not re.search("[\x00-\x09\x0b-\x1f\x7f]", checkpoint), "it is no checkpoint")
    body, _, signatures = checkpoint.rpartition("\n\n")
    require(signatures.endswith("\n"), "it is no checkpoint")
    message = (body + "\n").encode()
    read = []
    for line in signatures[:-1].split("\n"):
        dash, signer, signature = line.split(" ")
        signature = read_base64(signature)
        require(dash == "\u2014" and signer and len(signature) > 4, "a signature of the checkpoint is none")
        read.append((signer, signature[:4], signature[4:]))
    own = [signature for signer, of, signature in read if (signer, of) == (name, identity)]
    require(own and is_signed(public, own[0], message), "the checkpoint isn't signed by the log")
    origin, size, root = body.split("\n")[:3]
    require(origin == name and str(int(size)) == size, "the checkpoint is of another log")
    require(int(size) <= 1 << 48, "the tree is too large")
    return int(size), read_base64(root)


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


# --- the forms of a receipt --------------------------------------------------------------------------------------------


def is_count(value):
    return type(value) is int and 0 <= value < 1 << 64


def list_of(fits_item):
    return lambda value: type(value) is list and all(map(fits_item, value))


def texts_by_name(value):
    return type(value) is dict and all(map(is_text, value.values()))


def check_receipt_shape(receipt):
    texts = dict.fromkeys(["format", "id", "request", "answer", "salt", "leaf"], is_text)
    parts = {"log": lambda value: type(value) is dict, "publication": lambda value: type(value) is dict}
    require("publication" in receipt, "nobody signed the rulebook")
    check_shape(receipt, "the receipt", texts | parts, {"languages": list_of(is_text)})
    log = {"key": is_text, "index": is_count, "proof": list_of(is_text), "checkpoint": is_text}
    check_shape(receipt["log"], "the part on the log", log)
    metadata = lambda value: type(value) is dict and all(map(texts_by_name, value.values()))
    publication = {"index": is_text, "definitions": texts_by_name, "metadata": metadata}
    check_shape(receipt["publication"], "the publication", publication)


def check_leaf_shape(leaf):
    """A record, which may have more members."""
    require(type(leaf) is dict and not has_null(leaf), "the leaf is no record")
    texts = dict.fromkeys(["service", "jurisdiction", "outcome"], is_text)
    days = dict.fromkeys(["as_of", "known_at", "processed_on"], is_day)
    digests = dict.fromkeys(["rulebook", "commitment"], fits(DIGEST))
    own = {"index": is_count, "id": is_text, "time": fits(TIME), "layers": list_of(check_level_shape)}
    optional = {"mode": is_text, "asked": is_text, "privacy": list_of(check_level_shape)}
    check_members_of(leaf, "the leaf", texts | days | digests | own, optional)


def check_level_shape(level):
    optional = dict.fromkeys(["rule", "status", "failure"], is_text)
    optional |= {"digest": fits(DIGEST), "published_by": check_publisher_shape}
    check_members_of(level, "a level", {"jurisdiction": is_text}, optional)
    return True


def check_publisher_shape(publisher):
    required = {"authority": is_text, "at": is_text}
    check_members_of(publisher, "a publisher", required, {"approved_by": list_of(check_publisher_shape)})
    return True


def check_members_of(value, name, required, optional):
    """As `check_shape`, of an object that may have other members too."""
    require(type(value) is dict, f"{name} is no object")
    known = required | optional
    check_shape({member: value[member] for member in value if member in known}, name, required, optional)


def check_index_shape(index):
    by_path = lambda value: texts_by_name(value) and all(map(fits(HEX_DIGEST), value.values()))
    top = {"format": is_count, "definitions": by_path, "cases": fits(HEX_DIGEST), "rules": list_of(check_rule_shape)}
    check_shape(index, "the index", top)
    require(index["format"] in (3, 4), "the index has another format")


def check_rule_shape(rule):
    """A rule of the index; what is absent isn't there, only `until` is null then."""
    required = {
        "jurisdiction": fits(PLACE),
        "id": fits(ID),
        "version": fits(re.compile(r"[!-~]*")),
        "from": lambda day: day == FIRST_DAY or is_day(day),
        "until": lambda day: day is None or is_day(day),
        "state": lambda state: type(state) is dict and len(state) == 1 and all(map(is_state, *zip(*state.items()))),
    }
    optional = {
        "service": fits(ID),
        "published": is_day,
        "withdrawn": is_day,
        "shadow": lambda shadow: shadow is True,
        "sources": fits(HEX_DIGEST),
        "published_by": check_indexed_publisher,
        "digest": fits(HEX_DIGEST),
    }
    check_shape(rule, "a rule of the index", required, optional)
    require(rule["until"] is None or rule["from"] < rule["until"], "a rule of the index is in force on no day")
    return True


def is_state(name, value):
    return fits(HEX_DIGEST)(value) if name == "built" else name in ("broken", "untrusted") and is_text(value)


def check_indexed_publisher(publisher):
    approvals = lambda value: value != [] and list_of(check_indexed_publisher)(value)
    check_shape(publisher, "a publisher", {"authority": is_text, "at": is_text}, {"approvals": approvals})
    return True


# --- the receipt -------------------------------------------------------------------------------------------------------


def verify(receipt, root):
    require(receipt["format"] == FORMAT, "the format is another one")
    check_receipt_shape(receipt)
    leaf, request, answer = (read_json(receipt[part]) for part in ("leaf", "request", "answer"))
    check_leaf_shape(leaf)
    require(type(request) is dict and type(answer) is dict, "the request or the answer is no object")
    for member in ("id", "rulebook", "service", "jurisdiction", "as_of", "known_at", "outcome"):
        require(answer.get(member) == leaf[member], f"the answer contradicts the leaf in {member}")
    for member in ("service", "as_of", "known_at", "processed_on"):
        require(request.get(member) == leaf[member], f"the request contradicts the leaf in {member}")
    identity = uuid.UUID(leaf["id"])
    require(receipt["id"] == leaf["id"] == str(identity) and identity.version == 7, "the id is another one")
    require(request.get("jurisdiction") == leaf.get("asked", leaf["jurisdiction"]), "the request is of another place")
    require(answer.get("mode") == leaf.get("mode", "official"), "the mode is another one")
    require(answer["mode"] == "official", "it is of a simulation, which is no decision")
    shown, recorded = ([seen(layer) for layer in part["layers"]] for part in (answer, leaf))
    require(shown == recorded and recorded[-1]["jurisdiction"] == leaf["jurisdiction"], "the levels are other ones")
    check_days(leaf, identity)
    salt = read_base64(receipt["salt"])
    require(len(salt) == 32, "the salt hasn't 32 bytes")
    committed = sha256(salt + sha256(receipt["request"].encode()) + sha256(receipt["answer"].encode()))
    require(leaf["commitment"] == "sha256:" + committed.hex(), "the record commits to something else")

    log = receipt["log"]
    require(log["index"] == leaf["index"], "the number of the record is another one")
    size, head = tree_head(log["checkpoint"], log_key(log["key"]))
    proof = [read_base64(text) for text in log["proof"]]
    require(all(len(item) == 32 for item in proof), "a hash of the proof hasn't 32 bytes")
    included = root_of(sha256(b"\x00" + receipt["leaf"].encode()), log["index"], size, proof)
    require(included == head, "the record isn't in the log")
    verify_publication(receipt["publication"], leaf, log["key"], root)


def check_days(leaf, identity):
    """The record was made when its id was, on the day of the processing, and nobody knew then what came later."""
    recorded_at, epoch = moment(leaf["time"]), datetime.datetime.fromtimestamp(0, datetime.timezone.utc)
    recorded_ms = (recorded_at - epoch) // datetime.timedelta(milliseconds=1)
    require(abs(recorded_ms - (identity.int >> 80)) <= 6000, "the time isn't that of the id")
    days = {name: datetime.date.fromisoformat(leaf[name]) for name in ("processed_on", "known_at")}
    later = {name: (day - recorded_at.date()).days for name, day in days.items()}
    require(abs(later["processed_on"]) <= 2 and later["known_at"] <= 2, "a day doesn't fit the time of the record")


def verify_publication(publication, leaf, log_key_text, root):
    require("sha256:" + digest_of(publication["index"]) == leaf["rulebook"], "the index is of another rulebook")
    index, definitions = read_json(publication["index"]), publication["definitions"]
    check_index_shape(index)

    def places(top):
        for path, text in definitions.items():
            if not of_place(path):
                require(top.digest(f"definitions/{path}") == digest_of(text), f"nobody published {path}")
        return Places(definitions)

    top, authorities = repositories(publication["metadata"], root, moment(leaf["time"]), places)
    tree, own, service = authorities.tree, leaf["jurisdiction"], leaf["service"]
    listed = f"logs/{digest_of(log_key_text)}.txt"
    vouching = [authorities.found[code] for code in tree.levels(own, authorities.at) if code in authorities.found]
    require(any(a.digest(listed) == digest_of(log_key_text) for a in vouching), "no authority lists the log")
    chain = tree.chain(leaf.get("asked", own), leaf["as_of"], leaf["known_at"])
    require([layer["jurisdiction"] for layer in leaf["layers"]] == chain, "the levels aren't those of the place")
    for path, digest in index["definitions"].items():
        place, is_service = of_place(path), path.startswith("services/")
        is_needed = place in chain and path.split("/")[1] == service if place else True
        if is_needed and not (is_service and path != f"services/{service}.toml"):
            require(digest_of(definitions.get(path, "")) == digest, f"{path} isn't that of the rulebook")
        if is_needed:
            found = authorities.published(place or top, f"definitions/{path}")
            require(found == digest, f"nobody who may published {path}")
    require(set(definitions) <= set(index["definitions"]), "a definition file isn't of the rulebook")
    contract = tomllib.loads(definitions[f"services/{service}.toml"])
    needed = [approval["by"] for approval in contract.get("approvals", [])]
    for level in leaf["layers"]:
        place = level["jurisdiction"]
        in_force = rules_in_force(index, place, service, leaf["as_of"], leaf["known_at"])
        is_silent = level.get("status") == "silent" and not {"rule", "digest", "published_by", "failure"} & set(level)
        works = level.get("status") in ("applied", "missing-facts", "waiting") and "failure" not in level
        has_failed = level.get("status") == "failed" and bool(level.get("failure"))
        if in_force or not is_silent:
            check_rule(level, in_force, works, has_failed, authorities, needed)
        check_complete(place, service, has_failed, in_force, index, authorities)
    for rule in leaf.get("privacy", []):
        day = leaf["processed_on"]
        in_force = rules_in_force(index, rule["jurisdiction"], None, day, day)
        in_force = [entry for entry in in_force if entry["id"] == rule.get("rule", "").split("@")[0]]
        works, has_failed = "failure" not in rule, rule.get("failure", "") != "" and "status" not in rule
        check_rule(rule, in_force, works and "status" not in rule, has_failed, authorities, [])


def of_place(path):
    folder, slash, _ = path.partition("/")
    return folder if slash and PLACE.fullmatch(folder) else None


def seen(layer):
    """A level as both the answer and the record have it."""
    return {name: layer[name] for name in ("jurisdiction", "rule", "digest", "status", "published_by") if name in layer}


def rules_in_force(index, place, service, as_of, known_at):
    """The rules of a place for a service, or its privacy rules, on a day. A shadow rule decides nothing."""
    return [
        rule
        for rule in index["rules"]
        if rule["jurisdiction"] == place
        and rule.get("service") == service
        and not (service and rule.get("shadow"))
        and rule["from"] <= as_of
        and (rule["until"] is None or as_of < rule["until"])
        and rule.get("published", "") <= known_at
        and ("withdrawn" not in rule or known_at < rule["withdrawn"])
    ]


def is_unknown_law(rule):
    """The rule stands for law of which a host knows nothing: it is in force on every day and can't be used."""
    has_more = any(name in rule for name in ("digest", "published", "withdrawn", "shadow"))
    return "untrusted" in rule["state"] and (rule["from"], rule["until"]) == (FIRST_DAY, None) and not has_more


def as_published(rule):
    """A rule of a host's index as its authority wrote it: a host adds who published it, and whether it may be used."""
    file = rule["state"].get("built", rule.get("digest"))
    written = {name: value for name, value in rule.items() if name not in ("published_by", "digest")}
    return written | ({"state": {"built": file}} if file else {})


def check_complete(place, service, has_failed, in_force, index, authorities):
    """The rulebook has every rule and the bounds that the place's authority publishes, or says that it can't use them."""
    rules = [rule for rule in index["rules"] if rule["jurisdiction"] == place]
    maker = authorities.maker_of(place)
    if maker is None:
        is_unusable = not any("built" in rule["state"] for rule in rules)
        require(has_failed and is_unusable, f"the metadata of the authority of {place} are missing")
        return
    found = authorities.found[maker]
    published = [as_published(rule) for rule in found.index["rules"] if rule["jurisdiction"] == place]
    known = [as_published(rule) for rule in rules if not is_unknown_law(rule)]
    same = all(rule in published for rule in known) and all(rule in known for rule in published)
    require(same, f"the index hasn't the law of {place} as its authority publishes it")
    bounds = f"{place}/{service}/bounds.toml"
    if f"definitions/{bounds}" in found.targets and bounds not in index["definitions"]:
        is_unusable = not any("built" in rule["state"] for rule in in_force)
        require(has_failed and is_unusable, f"the index lacks {bounds}")


def check_rule(level, in_force, works, has_failed, authorities, needed):
    """The level names a rule in force. It works only if it is the only one, and who makes the law published it."""
    place, digest = level["jurisdiction"], level.get("digest", "").removeprefix("sha256:")
    named = [rule for rule in in_force if f"{rule['id']}@{rule['version']}" == level.get("rule")]
    # Of a rule that lapsed while the host ran, a record still has the digest.
    named = [rule for rule in named if rule["state"].get("built", digest) == digest]
    require(named, f"{place} has no such rule in force")
    is_built = "built" in named[0]["state"]
    require(has_failed or works and len(in_force) == 1 and is_built, f"the rule of {place} can't be used")
    if is_built:
        found = authorities.published(place, f"rules/{place}/{digest}.wasm")
        require(found == digest, f"no authority that may published the rule of {place}")
    if has_failed:
        return
    said = level.get("published_by", {})
    require(said.get("authority") == authorities.maker_of(place), f"the record names another publisher of {place}")
    approvals = [approval["authority"] for approval in said.get("approved_by", [])]
    for code in approvals + [code for code in needed if code in authorities.tree.ever_above(place)]:
        require(authorities.approves(code, place, digest), f"{code} didn't approve it")


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


# What a reply may be nested, as the first implementation reads it.
REPLY_DEPTH = 16
FILE_BYTES_MAX = 64 << 20


def read_file(path):
    """A file, byte for byte."""
    require(os.path.isfile(path) and os.path.getsize(path) <= FILE_BYTES_MAX, f"{path} is no file of at most 64 MiB")
    with open(path, "rb") as file:
        return file.read().decode()


def main():
    receipt, root = sys.argv[1:3]
    try:
        reply = read_json(read_file(receipt), REPLY_DEPTH)
        receipt = reply.get("receipt", reply)
        verify(receipt, read_file(root))
        if receipt is not reply:
            check_reply(reply, read_json(receipt["answer"]))
    except Refused as refused:
        print(str(refused).encode("unicode_escape").decode())
        return 1
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError, csv.Error) as error:
        print(f"the receipt is malformed: {type(error).__name__} {str(error).encode('unicode_escape').decode()}")
        return 1
    print("holds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
