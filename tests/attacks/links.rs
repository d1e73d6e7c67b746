//! Whoever writes a rulebook chooses its files, and may put links, pipes and devices among them. No command reads
//! anything but regular files beneath the folder, none waits for a file that never ends, and none writes elsewhere.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::assertions::{assert_contains, assert_lacks};
use crate::faults::write_rulebook;
use crate::hostile_guests::Guest;
use crate::support::{edit, ordinance, scratch, text_of, until};

/// The content of a file outside the rulebook, which nobody may learn.
const SECRET: &str = "root:secret-7f3a";

/// A rulebook of one good rule in a folder of its own, beside a file with a secret.
fn sources(folder: &Path) -> PathBuf {
    fs::write(folder.join("secret"), format!("{SECRET}\n")).unwrap();
    write_rulebook(&folder.join("book"), &[("GOOD", Guest::default().component())])
}

/// The same, built.
fn built(folder: &Path) -> PathBuf {
    let source = sources(folder);
    let built = bounded(&["build", source.to_str().unwrap()]);
    assert!(built.status.success(), "{}", text_of(&built));
    source.join("target/rulebook")
}

/// Runs a command, which must end by itself.
fn bounded(arguments: &[&str]) -> Output {
    let child = ordinance().args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let process = PathBuf::from(format!("/proc/{}", child.id()));
    until(|| fs::read_to_string(process.join("stat")).is_ok_and(|stat| stat.contains(") Z ")));
    child.wait_with_output().unwrap()
}

/// Decides a case with a built rulebook.
fn decide(rulebook: &Path) -> Output {
    let facts = rulebook.with_file_name("facts.json");
    fs::write(&facts, "{\"n\": 7}").unwrap();
    let (rulebook, facts) = (rulebook.to_str().unwrap(), facts.to_str().unwrap());
    bounded(&[
        "decide",
        rulebook,
        "--jurisdiction",
        "XX-GOOD",
        "--service",
        "probe",
        "--as-of",
        "2026-01-01",
        "--facts",
        facts,
    ])
}

fn replace_with_link(path: &Path, to: &Path) {
    fs::remove_file(path).unwrap();
    symlink(to, path).unwrap();
}

fn replace_with_pipe(path: &Path) {
    fs::remove_file(path).unwrap();
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// The command refuses the file by its name, says what it is, and shows nothing of what it leads to.
#[track_caller]
fn assert_refused(output: &Output, file: &str, kind: &str) {
    let text = text_of(output);
    assert!(!output.status.success(), "{text}");
    assert_contains(&text, file);
    assert_contains(&text, kind);
    assert_lacks(&text, SECRET);
}

#[test]
fn a_link_among_the_sources_shows_nothing_of_the_file_that_it_leads_to() {
    let folder = scratch();
    let source = sources(folder.path());
    let secret = folder.path().join("secret");
    fs::create_dir(source.join("places")).unwrap();
    edit(&source.join("rulebook.toml"), "[privacy]", "[[jurisdiction-tables]]\nfile = \"places/x.csv\"\n[privacy]");
    let rule = source.join("XX-GOOD/probe");
    fs::create_dir(rule.join("cases")).unwrap();
    for place in ["places/x.csv", "services/other.toml", "XX-GOOD/probe/cases/a.toml", "XX-GOOD/probe/properties.toml"]
    {
        symlink(&secret, source.join(place)).unwrap();
        for command in ["build", "test", "check"] {
            let output = bounded(&[command, source.to_str().unwrap()]);
            assert_refused(&output, place, "a symbolic link");
        }
        fs::remove_file(source.join(place)).unwrap();
    }
    for file in ["rulebook.toml", "facts.toml", "XX-GOOD/probe/rule.toml", "XX-GOOD/probe/rule.wasm"] {
        let kept = fs::read(source.join(file)).unwrap();
        replace_with_link(&source.join(file), &secret);
        assert_refused(&bounded(&["build", source.to_str().unwrap()]), file, "a symbolic link");
        fs::remove_file(source.join(file)).unwrap();
        fs::write(source.join(file), kept).unwrap();
    }
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(source.join("XX-GOOD"), &elsewhere).unwrap();
    symlink(&elsewhere, source.join("XX-GOOD")).unwrap();
    assert_refused(&bounded(&["build", source.to_str().unwrap()]), "XX-GOOD", "a symbolic link");
}

#[test]
fn dev_writes_no_log_key_or_tree_where_a_link_of_the_sources_leads() {
    let folder = scratch();
    let source = sources(folder.path());
    let (target, elsewhere) = (source.join("target"), folder.path().join("elsewhere"));
    fs::create_dir_all(&target).unwrap();
    fs::create_dir(&elsewhere).unwrap();
    for name in ["decisions.ndjson", "decisions.ndjson.key", "decisions.ndjson.tree", "decisions.ndjson.tree/tile"] {
        let link = target.join(name);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(&elsewhere, &link).unwrap();
        let refused = bounded(&["dev", source.to_str().unwrap(), "--open-door"]);
        assert_contains(&text_of(&refused), "so the decision log can't be written there");
        assert_eq!(refused.status.code(), Some(2), "{name}");
        fs::remove_file(&link).unwrap();
    }
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
}

#[test]
fn a_pipe_or_a_device_among_the_sources_stops_no_command() {
    let folder = scratch();
    let source = sources(folder.path());
    for file in ["facts.toml", "services/probe.toml", "XX-GOOD/probe/rule.toml", "XX-GOOD/probe/rule.wasm"] {
        let kept = fs::read(source.join(file)).unwrap();
        replace_with_pipe(&source.join(file));
        assert_refused(&bounded(&["build", source.to_str().unwrap()]), file, "a named pipe");
        fs::remove_file(source.join(file)).unwrap();
        fs::write(source.join(file), kept).unwrap();
    }
    replace_with_link(&source.join("facts.toml"), Path::new("/dev/zero"));
    assert_refused(&bounded(&["build", source.to_str().unwrap()]), "facts.toml", "a symbolic link");
}

#[test]
fn a_link_in_a_built_rulebook_shows_nothing_of_the_file_that_it_leads_to() {
    for file in ["index.json", "rulebook.toml", "services/probe.toml"] {
        let folder = scratch();
        let rulebook = built(folder.path());
        replace_with_link(&rulebook.join(file), &folder.path().join("secret"));
        assert_refused(&decide(&rulebook), file, "a symbolic link");
    }
}

#[test]
fn a_pipe_a_device_or_an_endless_file_in_a_built_rulebook_stops_no_command() {
    let folder = scratch();
    let rulebook = built(folder.path());
    let serve = |rulebook: &Path| bounded(&["serve", rulebook.to_str().unwrap(), "--open-door", "--check-config"]);
    let index = fs::read(rulebook.join("index.json")).unwrap();
    replace_with_pipe(&rulebook.join("index.json"));
    assert_refused(&serve(&rulebook), "index.json", "a named pipe");
    fs::remove_file(rulebook.join("index.json")).unwrap();
    // A file of 65 MiB that takes no room.
    fs::File::create(rulebook.join("index.json")).unwrap().set_len(65 << 20).unwrap();
    assert_refused(&serve(&rulebook), "index.json", "it has more than");
    fs::write(rulebook.join("index.json"), index).unwrap();
    replace_with_pipe(&rulebook.join("cases.json"));
    assert_refused(&serve(&rulebook), "cases.json", "a named pipe");
    let rule = fs::read_dir(rulebook.join("rules")).unwrap().next().unwrap().unwrap().path();
    replace_with_link(&rule, Path::new("/dev/zero"));
    // A rule that can't be read is broken, and the rulebook is served without it.
    let decided = decide(&rulebook);
    assert_contains(&text_of(&decided), "undetermined");
}

#[test]
fn an_index_names_no_file_outside_its_rulebook() {
    for path in ["../secret", "services/../../secret", "/etc/hostname", "./rulebook.toml"] {
        let folder = scratch();
        let rulebook = built(folder.path());
        fs::copy(folder.path().join("secret"), rulebook.with_file_name("secret")).unwrap();
        edit(&rulebook.join("index.json"), "\"facts.toml\"", &format!("{path:?}"));
        assert_refused(&decide(&rulebook), path, "it is outside the rulebook");
    }
}

#[test]
fn a_build_writes_nothing_where_a_link_of_the_author_leads() {
    let folder = scratch();
    let source = sources(folder.path());
    let outside = folder.path().join("outside");
    fs::create_dir_all(outside.join("rulebook")).unwrap();
    let refused = |place: &str, kind: &str| {
        let output = bounded(&["build", source.to_str().unwrap()]);
        assert_refused(&output, place, kind);
        assert_eq!(fs::read_dir(outside.join("rulebook")).unwrap().count(), 0, "{place}");
    };
    symlink(&outside, source.join("target")).unwrap();
    refused("target", "a symbolic link");
    fs::remove_file(source.join("target")).unwrap();
    fs::create_dir(source.join("target")).unwrap();
    symlink(outside.join("rulebook"), source.join("target/rulebook")).unwrap();
    refused("target/rulebook", "is no folder, so nothing is written there");
    fs::remove_file(source.join("target/rulebook")).unwrap();
    let rulebook = source.join("target/rulebook");
    fs::create_dir(&rulebook).unwrap();
    fs::write(rulebook.join("index.json"), "{\"format\": 4, \"rules\": []}").unwrap();
    symlink(outside.join("rulebook"), rulebook.join("services")).unwrap();
    refused("target/rulebook/services", "is no folder, so nothing is written there");
}

#[test]
fn a_rulebook_that_is_itself_reached_by_a_link_is_used() {
    let folder = scratch();
    let rulebook = built(folder.path());
    let current = folder.path().join("current");
    symlink(&rulebook, &current).unwrap();
    assert_contains(&text_of(&decide(&current)), "eligible");
    // A mounted ConfigMap: its files are links into the folder that the link `..data` names.
    let mount = folder.path().join("mount");
    fs::create_dir(&mount).unwrap();
    fs::rename(&rulebook, mount.join("..2026_01_01")).unwrap();
    symlink("..2026_01_01", mount.join("..data")).unwrap();
    for entry in fs::read_dir(mount.join("..2026_01_01")).unwrap() {
        let name = entry.unwrap().file_name();
        symlink(Path::new("..data").join(&name), mount.join(name)).unwrap();
    }
    assert_refused(&decide(&mount), "index.json", "a symbolic link");
    assert_contains(&text_of(&decide(&mount.join("..data"))), "eligible");
}
