//! A nation, a province and a city that publish: their rulebooks from `data/authorities`, their keys and their
//! repositories, made by commands in a folder.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::support::{copy_folder, ordinance, root, scratch, text_of};

/// The passphrase of every key.
pub(crate) const PASSPHRASE: &str = "nobody would guess these words";
/// The commands by which the three authorities come to publish.
const STORY: &str = "
for key in cn-root-1 cn-root-2 cn-root-3 cn-publish sd-root sd-publish sd-reviewer yt-root yt-publish; do ordinance trust key keys/$key || exit; done
ordinance trust init CN --name 'the nation' --to repositories/CN --root-key keys/cn-root-1 keys/cn-root-2 keys/cn-root-3 --root-threshold 2 --publish-key keys/cn-publish --key keys/cn-root-1 keys/cn-root-2
ordinance publish nation --to repositories/CN --key keys/cn-publish
ordinance trust init CN-37 --name Shandong --to repositories/CN-37 --root-key keys/sd-root --publish-key keys/sd-publish --key keys/sd-root
ordinance publish shandong --to repositories/CN-37 --key keys/sd-publish
ordinance trust delegate CN-37 --to repositories/CN --root repositories/CN-37 --key keys/cn-publish
ordinance trust approvers CN-3706 --to repositories/CN-37 --approver keys/sd-reviewer --key keys/sd-publish
ordinance trust init CN-3706 --name Yantai --to repositories/CN-3706 --root-key keys/yt-root --publish-key keys/yt-publish --key keys/yt-root
ordinance build yantai
ordinance approve CN-3706/old-age-allowance --from yantai/target/rulebook --to repositories/CN-37 --key keys/sd-reviewer --publish-key keys/sd-publish
ordinance publish yantai --to repositories/CN-3706 --key keys/yt-publish --approved-in repositories/CN-37
ordinance trust delegate CN-3706 --to repositories/CN-37 --root repositories/CN-3706 --key keys/sd-publish --dir yantai
";

/// A folder with `keys`, `repositories`, and the rulebooks `nation`, `shandong` and `yantai`.
pub(crate) struct Country {
    folder: TempDir,
}

impl Country {
    /// The rulebooks alone.
    pub(crate) fn new() -> Self {
        let folder = scratch();
        copy_folder(&root().join("tests/data/authorities"), folder.path());
        for name in ["shandong", "yantai"] {
            copy_folder(&folder.path().join("nation/services"), &folder.path().join(name).join("services"));
            for file in ["rulebook.toml", "facts.toml"] {
                fs::copy(folder.path().join("nation").join(file), folder.path().join(name).join(file)).unwrap();
            }
        }
        fs::create_dir(folder.path().join("keys")).unwrap();
        let country = Self { folder };
        country.write_command();
        country
    }

    /// All three publish, and the province has approved the rule of the city.
    pub(crate) fn that_publishes() -> Self {
        static STANDING: OnceLock<PathBuf> = OnceLock::new();
        let standing = STANDING.get_or_init(|| {
            let country = Self::new();
            for line in STORY.lines().filter(|line| !line.is_empty()) {
                country.good(line);
            }
            let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("country");
            let _ = fs::remove_dir_all(&kept);
            copy_folder(country.folder.path(), &kept);
            kept
        });
        let country = Self { folder: scratch() };
        copy_folder(standing, country.folder.path());
        country.write_command();
        country
    }

    /// Writes the program `ordinance` of the shell: the one under test, which gets the passphrase of a file where a
    /// command asks for one.
    fn write_command(&self) {
        fs::write(self.path("passphrase"), format!("{PASSPHRASE}\n")).unwrap();
        let program = ordinance().get_program().to_owned();
        let script = format!(
            "#!/bin/sh\ncase \"$1 $2 $*\" in\n  *--passphrase-file*|'trust show '*|'trust fetch '*) exec {program:?} \"$@\" ;;\n  \
             'trust '*|'publish '*|'approve '*|'objections key '*|'objections show '*|'objections list '*'--key '*) exec {program:?} \"$@\" --passphrase-file {:?} ;;\n  \
             *) exec {program:?} \"$@\" ;;\nesac\n",
            self.path("passphrase")
        );
        let folder = self.path("bin");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("ordinance"), script).unwrap();
        fs::set_permissions(folder.join("ordinance"), fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a line of shell in the folder.
    pub(crate) fn shell(&self, line: &str) -> Output {
        let paths = std::env::var("PATH").unwrap_or_default();
        Command::new("sh")
            .args(["-c", &format!("exec 2>&1; {line}")])
            .current_dir(self.folder.path())
            .env("PATH", format!("{}:{paths}", self.path("bin").display()))
            .output()
            .unwrap()
    }

    /// Runs a line that must succeed. What it said.
    pub(crate) fn good(&self, line: &str) -> String {
        let ran = self.shell(line);
        assert!(ran.status.success(), "{line}:\n{}", text_of(&ran));
        text_of(&ran)
    }

    /// Runs a line that must end with this exit code. What it said.
    pub(crate) fn ends(&self, code: i32, line: &str) -> String {
        let ran = self.shell(line);
        assert_eq!(ran.status.code(), Some(code), "{line}:\n{}", text_of(&ran));
        text_of(&ran)
    }

    /// The one rule of a built rulebook.
    pub(crate) fn rule_of(&self, rulebook: &str) -> PathBuf {
        only_file(&self.path(rulebook).join("target/rulebook/rules"))
    }
}

/// The one file of a folder.
pub(crate) fn only_file(folder: &Path) -> PathBuf {
    let files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files.into_iter().next().unwrap()
}
