//! The inputs of the rules of a workspace, as a digest of each package with a folder. Cargo detects changes by the
//! times of files, and a restored file has its old time; only the digests detect that its content differs.
//!
//! A digest doesn't depend on the paths of the sources. It covers the package and its dependencies (the files of a
//! package with a folder, the version and checksum of any other) and the inputs that all packages share: manifest of
//! the workspace, configuration of cargo, toolchain and flags.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ordinance_domain::digest::Digest;
use ordinance_engine::digest::sha256;
use serde::Deserialize;
use toml::{Table, Value};

use super::cargo_command::{Profile, Workspace, cargo_home, stack_flag};
use super::input_files::{InputFile, files_of_package, manifest_digest, read_if_there};
use super::rustc::{files_read, variables_read};
use super::toolchain::Toolchain;
use crate::exit::CommandError;
use crate::source::{CARGO_MANIFEST_FILE, io_error};
use crate::source_trust::SourceTrust;

/// The version of this builder. Raise it when this program makes other components from the same sources.
const BUILDER: u32 = 3;

/// The packages of a workspace and their dependencies.
pub(super) struct Inputs<'a> {
    workspace: Workspace<'a>,
    toolchain: &'a Toolchain,
    packages: Vec<Package>,
    nodes: BTreeMap<String, Node>,
    members: Vec<String>,
    workspace_root: PathBuf,
    /// The folders into which cargo unpacks what it downloads and checks.
    unpacked: Vec<PathBuf>,
}

/// The output of `cargo metadata`.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
    workspace_members: Vec<String>,
    workspace_root: PathBuf,
}

/// A package as cargo lists it.
#[derive(Deserialize)]
pub(super) struct Package {
    id: String,
    pub(super) name: String,
    version: String,
    /// The registry or repository. `None` for a package in a folder.
    pub(super) source: Option<String>,
    pub(super) manifest_path: PathBuf,
    pub(super) targets: Vec<PackageTarget>,
}

/// What cargo builds of a package, such as a library, a build script or a procedural macro.
#[derive(Deserialize)]
pub(super) struct PackageTarget {
    pub(super) kind: Vec<String>,
}

impl Package {
    pub(super) fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(&self.manifest_path)
    }
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
    features: Vec<String>,
}

#[derive(Deserialize)]
struct Dependency {
    /// Its name in the code of the package.
    name: String,
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

impl Dependency {
    /// Whether the package itself needs it, and not only its tests.
    fn is_needed(&self) -> bool {
        self.dep_kinds.iter().any(|dep_kind| dep_kind.kind.as_deref() != Some("dev"))
    }
}

#[derive(Deserialize)]
struct DependencyKind {
    /// `dev` or `build`. `None` for a normal dependency.
    kind: Option<String>,
}

/// The inputs of the packages before compilation.
pub(super) struct Snapshot {
    /// The digest of each package with a folder and its dependencies, by the id of the package.
    pub(super) digests: BTreeMap<String, Digest>,
    /// The files of each package with a folder, by the same id.
    files: BTreeMap<String, BTreeSet<PathBuf>>,
}

/// An error of `cargo metadata`.
#[derive(Debug, thiserror::Error)]
pub(super) enum InputsError {
    #[error(transparent)]
    Command(#[from] CommandError),
    /// Cargo can't read a manifest; `stderr` has the reason.
    #[error("{stderr}")]
    Metadata { stderr: String },
}

impl<'a> Inputs<'a> {
    /// Reads the packages with `cargo metadata`.
    ///
    /// # Errors
    /// [`InputsError`] if cargo can't be started, or can't read a manifest.
    pub(super) fn read(workspace: Workspace<'a>, toolchain: &'a Toolchain) -> Result<Self, InputsError> {
        let output = workspace.metadata(&toolchain.host).output().map_err(|error| {
            CommandError::Cargo(format!("cargo can't be started ({error}); rules in Rust need it, so install rustup"))
        })?;
        if !output.status.success() {
            return Err(InputsError::Metadata { stderr: String::from_utf8_lossy(&output.stderr).into_owned() });
        }
        let metadata: Metadata = serde_json::from_slice(&output.stdout)
            .map_err(|error| CommandError::Cargo(format!("the output of `cargo metadata` can't be parsed: {error}")))?;
        let Metadata { packages, resolve, workspace_members: members, workspace_root } = metadata;
        let nodes = resolve.nodes.into_iter().map(|node| (node.id.clone(), node)).collect();
        let unpacked = folders_of_cargo();
        Ok(Self { workspace, toolchain, packages, nodes, members, workspace_root, unpacked })
    }

    /// The folder of the workspace's manifest.
    pub(super) fn workspace_root(&self) -> &Path {
        &self.workspace_root
    }

    /// The packages that a build compiles: the members and their dependencies, without development dependencies.
    pub(super) fn compiled_packages(&self) -> impl Iterator<Item = &Package> {
        let ids: BTreeSet<&str> = self.members.iter().flat_map(|id| self.closure(id)).collect();
        self.packages.iter().filter(move |package| ids.contains(package.id.as_str()))
    }

    /// The id of the member in the folder of a rule, if there is one.
    pub(super) fn member_in(&self, folder: &Path) -> Option<&str> {
        let is_there = |package: &&Package| self.workspace.original(package.folder()) == folder;
        let package = self.packages.iter().find(is_there)?;
        self.members.contains(&package.id).then_some(package.id.as_str())
    }

    /// Reads the present inputs of the packages.
    pub(super) fn snapshot(&self) -> Result<Snapshot, CommandError> {
        let shared = self.shared()?;
        let checksums = self.checksums()?;
        let mut own: BTreeMap<&str, Digest> = BTreeMap::new();
        let mut files = BTreeMap::new();
        for package in &self.packages {
            let features = self.nodes.get(&package.id).map(|node| node.features.join(",")).unwrap_or_default();
            let mut text = format!("{} {} with {features}\n", package.name, package.version);
            match &package.source {
                Some(source) if self.is_unpacked(package) => {
                    let key = (package.name.clone(), package.version.clone(), source.clone());
                    text.push_str(&format!("{source} {}\n", checksums.get(&key).map_or("", String::as_str)));
                }
                // Cargo doesn't hold the files of a package that another source replaces against its checksum.
                Some(_) | None => {
                    let read = files_of_package(&self.workspace.original(package.folder()), self.workspace.path)?;
                    text.extend(read.iter().map(|file| format!("{} {}\n", file.name, file.digest)));
                    files.insert(package.id.clone(), read.into_iter().map(|InputFile { path, .. }| path).collect());
                }
            }
            own.insert(package.id.as_str(), sha256(text.as_bytes()));
        }
        let mut whole = BTreeMap::new();
        let mut digests = BTreeMap::new();
        for package in self.packages.iter().filter(|package| files.contains_key(&package.id)) {
            let digest = self.digest_of(&package.id, &own, &mut whole);
            digests.insert(package.id.clone(), sha256(format!("{shared}\n{digest}").as_bytes()));
        }
        Ok(Snapshot { digests, files })
    }

    /// The digest of a package and of each of its dependencies, by the name that it has in the package's code. Those
    /// known so far are in `whole`.
    fn digest_of<'i>(
        &'i self,
        id: &'i str,
        own: &BTreeMap<&str, Digest>,
        whole: &mut BTreeMap<&'i str, Digest>,
    ) -> Digest {
        if let Some(known) = whole.get(id) {
            return *known;
        }
        let mut text = own.get(id).map(Digest::hex).unwrap_or_default();
        let needed = self.nodes.get(id).into_iter().flat_map(|node| &node.deps).filter(|needed| needed.is_needed());
        let mut needed: Vec<String> =
            needed.map(|needed| format!("\n{} {}", needed.name, self.digest_of(&needed.pkg, own, whole))).collect();
        needed.sort_unstable();
        text.extend(needed);
        let digest = sha256(text.as_bytes());
        whole.insert(id, digest);
        digest
    }

    /// The digest of everything from which a build of the whole workspace follows: cargo chooses the features of what
    /// several members need for all of them together.
    pub(super) fn digest_of_workspace(&self, snapshot: &Snapshot) -> Result<Digest, CommandError> {
        let mut members: Vec<String> =
            self.members.iter().filter_map(|id| snapshot.digests.get(id)).map(Digest::hex).collect();
        members.sort_unstable();
        let root = self.root();
        for name in [CARGO_MANIFEST_FILE, "Cargo.lock"] {
            let bytes = read_if_there(&root.join(name))?.unwrap_or_default();
            members.push(sha256(&bytes).hex());
        }
        Ok(sha256(members.join("\n").as_bytes()))
    }

    /// Whether a package is where cargo unpacks what it downloads and checks.
    fn is_unpacked(&self, package: &Package) -> bool {
        self.unpacked.iter().any(|folder| package.folder().starts_with(folder))
    }

    /// The folder of the manifest of the workspace: that of the sources, or one above it.
    fn root(&self) -> PathBuf {
        self.workspace.original(&self.workspace_root)
    }

    /// The variables of the environment that the compiler read for a package and its dependencies.
    pub(super) fn variables_read(&self, id: &str) -> Result<BTreeSet<String>, CommandError> {
        let closure = self.closure(id);
        let folder = self.workspace.files_read();
        let mut read = BTreeSet::new();
        for package in self.packages.iter().filter(|package| closure.contains(&*package.id)) {
            let variables = variables_read(&folder, package.folder());
            read.extend(variables.map_err(|source| io_error("read", &folder, source))?);
        }
        Ok(read)
    }

    /// The package and its transitive dependencies, without development dependencies.
    fn closure(&self, id: &str) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut pending = vec![id];
        while let Some((id, node)) = pending.pop().and_then(|id| self.nodes.get_key_value(id)) {
            if found.insert(id.as_str()) {
                let needed = node.deps.iter().filter(|dependency| dependency.is_needed());
                pending.extend(needed.map(|dependency| dependency.pkg.as_str()));
            }
        }
        found
    }

    /// The files outside the packages' folders that the compiler read for a package and its dependencies.
    ///
    /// # Errors
    /// If a list of files can't be read, or if untrusted sources read a file outside their folder, such as a setting of
    /// this user's cargo, which the confined compiler may open.
    pub(super) fn files_beyond(&self, id: &str, snapshot: &Snapshot) -> Result<BTreeSet<PathBuf>, CommandError> {
        let closure = self.closure(id);
        let known: Vec<_> = closure.iter().filter_map(|id| snapshot.files.get(*id)).collect();
        // The output of a build script follows from its sources.
        let target = self.workspace.target;
        let is_beyond = |path: &PathBuf| !known.iter().any(|files| files.contains(path)) && !path.starts_with(target);
        let mut beyond = BTreeSet::new();
        for package in self.packages.iter().filter(|package| closure.contains(&*package.id)) {
            if package.source.is_some() && self.is_unpacked(package) {
                continue;
            }
            let folder = self.workspace.files_read();
            let read = files_read(&folder, package.folder()).map_err(|source| io_error("read", &folder, source))?;
            // A file that is gone counts too: what was compiled from it doesn't follow from the sources.
            let found = read.into_iter().map(|path| path.canonicalize().unwrap_or(path));
            beyond.extend(found.filter(is_beyond));
        }
        if self.workspace.trust == SourceTrust::Untrusted {
            let root = self.root();
            let root = root.canonicalize().map_err(|source| io_error("read", &root, source))?;
            if let Some(outside) = beyond.iter().find(|path| !path.starts_with(&root)) {
                return Err(CommandError::Cargo(format!(
                    "a rule reads `{}`, which is outside the folder of the sources; put the file beside the rule, or build \
                     with --trust-sources if you trust its author",
                    outside.display()
                )));
            }
        }
        Ok(beyond)
    }

    /// The digest of the inputs that all packages share.
    fn shared(&self) -> Result<Digest, CommandError> {
        let profile = match self.workspace.profile {
            Profile::Release => "release",
            Profile::WithLines => "with-lines",
            Profile::Unoptimised => "unoptimised",
        };
        let mut text = format!(
            "builder {BUILDER}\n{profile} {}\n{}\n",
            stack_flag(self.workspace.profile),
            self.toolchain.version
        );
        let mut variables: Vec<(String, String)> = std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
            .filter(|(name, _)| affects_components(name))
            .collect();
        variables.sort_unstable();
        text.extend(variables.into_iter().map(|(name, value)| format!("{name}={value}\n")));
        let manifest = read_if_there(&self.root().join(CARGO_MANIFEST_FILE))?.unwrap_or_default();
        text.push_str(&format!("{CARGO_MANIFEST_FILE} {}\n", manifest_digest(&manifest)));
        for configuration in self.configurations()? {
            text.push_str(&configuration);
        }
        Ok(sha256(text.as_bytes()))
    }

    /// The settings in cargo's configuration files that may change a component, as one text per file.
    fn configurations(&self) -> Result<Vec<String>, CommandError> {
        let folders = self.workspace.folder.ancestors().map(|folder| folder.join(".cargo")).chain(cargo_home());
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for path in folders.flat_map(|folder| ["config.toml", "config"].map(|name| folder.join(name))) {
            let is_new = path.canonicalize().is_ok_and(|path| seen.insert(path));
            let Some(bytes) = is_new.then(|| read_if_there(&path)).transpose()?.flatten() else { continue };
            let text = String::from_utf8_lossy(&bytes);
            let relevant = match text.parse::<Table>() {
                Ok(table) => relevant_settings(table).to_string(),
                // Cargo reports what is wrong with the file.
                Err(_) => text.into_owned(),
            };
            if !relevant.trim().is_empty() {
                found.push(relevant);
            }
        }
        Ok(found)
    }

    /// The checksums of the lock file, by name, version and source.
    fn checksums(&self) -> Result<BTreeMap<(String, String, String), String>, CommandError> {
        let bytes = read_if_there(&self.workspace_root.join("Cargo.lock"))?.unwrap_or_default();
        let lock: Lock = toml::from_str(&String::from_utf8_lossy(&bytes))
            .map_err(|error| CommandError::Cargo(format!("Cargo.lock can't be read: {error}")))?;
        let locked = |package: LockedPackage| {
            Some(((package.name, package.version, package.source?), package.checksum.unwrap_or_default()))
        };
        Ok(lock.package.into_iter().filter_map(locked).collect())
    }
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<LockedPackage>,
}

#[derive(Deserialize)]
struct LockedPackage {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
}

/// The folders into which cargo unpacks what it downloads and checks; that of the registry also as it is named.
fn folders_of_cargo() -> Vec<PathBuf> {
    let Some(home) = cargo_home() else { return Vec::new() };
    let registry = home.join("registry/src");
    let found = [registry.canonicalize().ok(), home.join("git/checkouts").canonicalize().ok()];
    found.into_iter().flatten().chain([registry]).collect()
}

/// Whether a variable of the environment may change a component.
fn affects_components(variable: &str) -> bool {
    const PREFIXES: [&str; 2] = ["CARGO_PROFILE_", "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_"];
    const NAMES: [&str; 5] = [
        "RUSTC",
        "RUSTC_BOOTSTRAP",
        "RUSTC_WORKSPACE_WRAPPER",
        "CARGO_BUILD_RUSTC",
        "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    ];
    PREFIXES.iter().any(|prefix| variable.starts_with(prefix)) || NAMES.contains(&variable)
}

/// A configuration of cargo without the settings that can't change a component, such as those of the network, the
/// terminal and the folders of output.
fn relevant_settings(mut table: Table) -> Table {
    const OTHER: [&str; 13] = [
        "alias",
        "cache",
        "cargo-new",
        "credential-alias",
        "doc",
        "future-incompat-report",
        "http",
        "install",
        "net",
        "registries",
        "registry",
        "source",
        "term",
    ];
    table.retain(|key, _| !OTHER.contains(&key));
    if let Some(build) = table.get_mut("build").and_then(Value::as_table_mut) {
        build.retain(|key, _| !["build-dir", "jobs", "target-dir"].contains(&key));
    }
    table.retain(|_, value| !value.as_table().is_some_and(Table::is_empty));
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_counts_where_it_may_change_a_component() {
        let counted = |text: &str| relevant_settings(text.parse().unwrap()).to_string();
        assert_eq!(counted("[net]\noffline = true\n[build]\njobs = 4\n"), "");
        assert_eq!(counted("[profile.release]\nopt-level = 3\n"), "[profile.release]\nopt-level = 3\n");
        assert_eq!(counted("[build]\njobs = 4\nrustc = \"other\"\n"), "[build]\nrustc = \"other\"\n");
    }

    #[test]
    fn a_variable_counts_where_it_may_change_a_component() {
        assert!(affects_components("CARGO_PROFILE_RELEASE_OPT_LEVEL"));
        assert!(affects_components("RUSTC"));
        assert!(!affects_components("CARGO_TARGET_DIR"));
        assert!(!affects_components("CARGO_BUILD_JOBS"));
    }
}
