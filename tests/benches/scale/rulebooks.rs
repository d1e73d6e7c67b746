//! Rulebooks of any size, made of one published rule: the nation's care subsidy, as the build of `plugins/` wrote it.
//! Nothing of them has to be compiled from sources.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ordinance_domain::calendar::Date;

use crate::host::{ORDINANCE, build_plugins};

/// The service of the rule. Where a rulebook has more rules than places, the others are for services that only have
/// other names.
pub(crate) const SERVICE: &str = "disability-care-subsidy";

/// The facts of a case in which the rule grants.
pub(crate) const FACTS: [(&str, &str); 5] = [
    ("disability_grade", "1"),
    ("needs_long_term_care", "true"),
    ("work_injury_care_payment", "false"),
    ("destitute_support", "false"),
    ("draws_elderly_care_subsidy", "false"),
];

/// How large a rulebook is.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// Places below the topmost one, which is `XX`.
    pub(crate) places: usize,
    /// Whether each place lies below the one before it; else all lie directly below the topmost.
    pub(crate) is_chain: bool,
    /// Rules, which go to the topmost place and then to the others in their order, again and again.
    pub(crate) rules: usize,
    /// Versions of the topmost rule, each in force for a day but the last.
    pub(crate) versions: usize,
    /// Whether each rule has code of its own.
    pub(crate) has_own_code: bool,
    /// Facts of the service that the rule doesn't read, beside those that it does.
    pub(crate) other_facts: usize,
}

impl Shape {
    /// One place with one rule.
    pub(crate) const LEAST: Self =
        Self { places: 0, is_chain: false, rules: 1, versions: 1, has_own_code: false, other_facts: 0 };
}

/// A built rule, taken apart.
pub(crate) struct PublishedRule {
    code: Vec<u8>,
    manifest: String,
    /// Its service's contract, and the facts of its rulebook.
    service: String,
    facts: String,
}

/// The code of the place with this number; 0 is the topmost.
pub(crate) fn place(number: usize) -> String {
    if number == 0 { "XX".to_owned() } else { format!("XX-{number}") }
}

/// The name of a fact that no rule reads.
pub(crate) fn other_fact(number: usize) -> String {
    format!("other_{number}")
}

impl PublishedRule {
    /// Builds `plugins/` into a folder and takes the rule out of it.
    pub(crate) fn build(folder: &Path) -> Self {
        build_plugins(folder);
        let index: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("index.json")).unwrap()).unwrap();
        let rules = index["rules"].as_array().unwrap();
        let rule = rules.iter().find(|rule| rule["jurisdiction"] == "CN" && rule["service"] == SERVICE).unwrap();
        let digest = rule["state"]["built"].as_str().unwrap();
        let bytes = fs::read(folder.join(format!("rules/{digest}.wasm"))).unwrap();
        let read = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
        Self {
            code: ordinance_sandbox::without_manifest(&bytes).to_owned(),
            manifest: String::from_utf8(ordinance_sandbox::manifest_section(&bytes).unwrap().to_owned()).unwrap(),
            service: read(&format!("services/{SERVICE}.toml")),
            facts: read("facts.toml"),
        }
    }

    /// Writes and builds a rulebook; the folder of what was built.
    pub(crate) fn write(&self, folder: &Path, shape: Shape) -> PathBuf {
        fs::create_dir_all(folder.join("services")).unwrap();
        let rulebook = "titles = { en = \"Scale\" }\n[privacy]\nungoverned = [\"XX\"]\n\
                        [[jurisdiction-tables]]\nfile = \"places.csv\"\n";
        fs::write(folder.join("rulebook.toml"), rulebook).unwrap();
        let mut places = "code,parent,from,until,successor,name:en\n".to_owned();
        for number in 0..=shape.places {
            let above = number.checked_sub(1).map(|above| place(if shape.is_chain { above } else { 0 }));
            let (code, parent) = (place(number), above.unwrap_or_default());
            writeln!(places, "{code},{parent},,,,{code}").unwrap();
        }
        fs::write(folder.join("places.csv"), places).unwrap();
        let others: Vec<String> = (0..shape.other_facts).map(other_fact).collect();
        let mut facts = self.facts.clone();
        for name in &others {
            let title = format!("titles = {{ en = \"{name}\" }}");
            write!(facts, "\n[{name}]\ntype = \"bool\"\n{title}\nsensitivity = \"public\"\n").unwrap();
        }
        fs::write(folder.join("facts.toml"), facts).unwrap();
        let listed: String = others.iter().map(|name| format!("    \"{name}\",\n")).collect();
        let service = self.service.replacen("facts = [\n", &format!("facts = [\n{listed}"), 1);
        let per_service = shape.places + 1;
        for number in 0..shape.rules {
            let (of_service, at) = (number / per_service, number % per_service);
            let id = if of_service == 0 { SERVICE.to_owned() } else { format!("{SERVICE}-{of_service}") };
            if at == 0 {
                let file = folder.join(format!("services/{id}.toml"));
                fs::write(file, service.replace(&format!("id = \"{SERVICE}\""), &format!("id = \"{id}\""))).unwrap();
            }
            let versions = if number == 0 { shape.versions } else { 1 };
            self.write_versions(&folder.join(place(at)).join(&id), &place(at), &id, versions, |version| {
                let mark = format!("{number:08}-{version:08}");
                // A section that nobody reads tells the code of one rule from that of another.
                let section = [&[0, 19, 1, b'n'][..], mark.as_bytes()].concat();
                if shape.has_own_code { [self.code.as_slice(), section.as_slice()].concat() } else { self.code.clone() }
            });
        }
        let out = folder.join("target/rulebook");
        let built = Command::new(ORDINANCE)
            .arg("build")
            .arg(folder)
            .arg("--out")
            .arg(&out)
            .arg("--trust-sources")
            .output()
            .unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        out
    }

    fn write_versions(
        &self,
        folder: &Path,
        code: &str,
        service: &str,
        versions: usize,
        component: impl Fn(usize) -> Vec<u8>,
    ) {
        let begin: Date = "2016-01-01".parse().unwrap();
        let mut day = begin;
        for version in 1..=versions {
            let next = day.tomorrow().unwrap();
            let until = if version < versions { format!(", until = {next}") } else { String::new() };
            let manifest = self
                .manifest
                .replace("jurisdiction = \"CN\"", &format!("jurisdiction = \"{code}\""))
                .replace(&format!("\"{SERVICE}\""), &format!("\"{service}\""))
                .replace("version = \"1.0.0\"", &format!("version = \"1.{version}.0\""))
                .replace("{ from = 2016-01-01 }", &format!("{{ from = {day}{until} }}"));
            let own = if versions == 1 { folder.to_owned() } else { folder.join(format!("1.{version}.0")) };
            fs::create_dir_all(&own).unwrap();
            fs::write(own.join("rule.wasm"), component(version)).unwrap();
            fs::write(own.join("rule.toml"), manifest).unwrap();
            day = next;
        }
    }
}
