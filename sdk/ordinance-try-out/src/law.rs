//! The law of a built rulebook: its index, its definitions, and of each rule the component and the type.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::bundle_error::BundleError;
use crate::packed::Packed;

/// The version of the file of a law.
const FORMAT: u32 = 1;

/// The law of a built rulebook.
pub(crate) struct Law {
    index: String,
    definitions: BTreeMap<String, String>,
    pub(crate) rules: Vec<BuiltRule>,
}

/// A rule that can run.
pub(crate) struct BuiltRule {
    /// The SHA-256 of the component, as 64 hexadecimal digits.
    pub(crate) digest: String,
    pub(crate) component: Vec<u8>,
    /// The type of its function, as the build wrote it.
    rule_type: String,
}

/// What this program reads of an index.
#[derive(Deserialize)]
struct Index {
    definitions: BTreeMap<String, String>,
    rules: Vec<IndexedRule>,
}

#[derive(Deserialize)]
struct IndexedRule {
    #[serde(default)]
    shadow: bool,
    state: Value,
}

/// The file of a law.
#[derive(Serialize)]
struct LawFile<'a> {
    format: u32,
    engine: &'a str,
    index: &'a str,
    definitions: &'a BTreeMap<String, String>,
    /// By the digests of the components.
    rules: BTreeMap<&'a str, LawRule<'a>>,
}

/// A rule that a browser can run.
#[derive(Serialize)]
struct LawRule<'a> {
    #[serde(rename = "type")]
    rule_type: &'a str,
    /// The SHA-256 of the module that calls it, by which it is found.
    script: &'a str,
}

impl Law {
    /// Reads a built rulebook, and checks each file against the index.
    pub(crate) fn read(folder: &Path) -> Result<Self, BundleError> {
        let path = folder.join("index.json");
        let not_index = |reason: String| BundleError::Index { path: path.clone(), reason };
        let index = String::from_utf8(read(&path)?).map_err(|error| not_index(error.to_string()))?;
        let parsed: Index = serde_json::from_str(&index).map_err(|error| not_index(error.to_string()))?;
        let mut definitions = BTreeMap::new();
        for (name, digest) in parsed.definitions {
            if name.split('/').any(|part| matches!(part, "" | "." | "..")) {
                return Err(not_index(format!("`{name}` is outside the rulebook")));
            }
            let text = checked(&folder.join(&name), &digest)?;
            let text = String::from_utf8(text).map_err(|_| not_index(format!("`{name}` is not UTF-8")))?;
            definitions.insert(name, text);
        }
        // Shadow rules have no effect, and broken ones no file.
        let built =
            parsed.rules.iter().filter(|rule| !rule.shadow).filter_map(|rule| rule.state.get("built")?.as_str());
        let built: Vec<&str> = built.collect();
        if let Some(digest) = built.iter().find(|digest| !is_digest(digest)) {
            return Err(not_index(format!("`{digest}` is no digest")));
        }
        let rules = built.iter().map(|digest| BuiltRule::read(folder, digest)).filter_map(Result::transpose);
        let mut rules: Vec<BuiltRule> = rules.collect::<Result<_, _>>()?;
        if rules.is_empty() && !built.is_empty() {
            return Err(BundleError::NoTypes(folder.join("pages")));
        }
        rules.sort_by(|one, other| one.digest.cmp(&other.digest));
        rules.dedup_by(|one, other| one.digest == other.digest);
        Ok(Self { index, definitions, rules })
    }

    /// Writes the file of the law, which names the engine, and of each rule the module that calls it, in their order;
    /// the digest of the rulebook.
    pub(crate) fn write(&self, engine: &str, scripts: &[String], out: &Packed) -> Result<String, BundleError> {
        let digest = hex(self.index.as_bytes());
        let mut rules = BTreeMap::new();
        for (rule, script) in self.rules.iter().zip(scripts) {
            rules.insert(rule.digest.as_str(), LawRule { rule_type: &rule.rule_type, script });
        }
        let file = LawFile { format: FORMAT, engine, index: &self.index, definitions: &self.definitions, rules };
        let text = serde_json::to_vec(&file)
            .map_err(|error| BundleError::Module { name: "the law".to_owned(), reason: error.to_string() })?;
        out.write(&format!("law/{digest}.json"), &text)?;
        Ok(digest)
    }
}

impl BuiltRule {
    /// `None` for a rule that can't run beside the others, and so has no type.
    fn read(folder: &Path, digest: &str) -> Result<Option<Self>, BundleError> {
        let types: PathBuf = folder.join("pages").join(format!("{digest}.type.json"));
        let rule_type = match fs::read_to_string(&types) {
            Ok(rule_type) => rule_type,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(BundleError::io("read", &types, source)),
        };
        let component = checked(&folder.join("rules").join(format!("{digest}.wasm")), digest)?;
        Ok(Some(Self { digest: digest.to_owned(), component, rule_type }))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, BundleError> {
    fs::read(path).map_err(|source| BundleError::io("read", path, source))
}

/// The bytes of a file with a digest.
fn checked(path: &Path, digest: &str) -> Result<Vec<u8>, BundleError> {
    let bytes = read(path)?;
    if hex(&bytes) == digest { Ok(bytes) } else { Err(BundleError::Changed(path.to_owned())) }
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The SHA-256 of bytes, as 64 hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
