//! Code in the cache that belongs to another rule, or was changed.

use std::fs;
use std::path::{Path, PathBuf};

use ordinance_domain::manifest::RequestedLimits;
use ordinance_sandbox::{Sandbox, SandboxConfig};
use serde_json::json;

use crate::assertions::assert_contains;
use crate::hostile_guests::Guest;
use crate::load_checks::call;
use crate::support::{Server, get, plugins_rulebook, scratch};

fn answering(determination: u8) -> Vec<u8> {
    Guest::with_body(format!("(i32.store8 (i32.const 1024) (i32.const {determination})) (i32.const 1024)")).component()
}

/// What a rule answers that is compiled with this cache.
fn answer(cache: &Path, component: &[u8]) -> &'static str {
    let config = SandboxConfig { code_cache: Some(cache.to_owned()), slots: 1, ..SandboxConfig::default() };
    let rule = Sandbox::new(config).unwrap().compile_rule(component, RequestedLimits::default()).unwrap();
    call(&rule).result.unwrap_or_else(|failed| panic!("{failed:?}")).determination.as_str()
}

/// The files of one extension, from the oldest.
fn files(cache: &Path, extension: &str) -> Vec<PathBuf> {
    let paths = fs::read_dir(cache).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    paths.sort();
    paths
}

/// A backup that is put back wrongly, or a script, may give code the name of another rule's.
#[test]
fn code_under_the_name_of_another_rule_is_not_run() {
    let folder = scratch();
    let cache = folder.path().join("cache");
    let (refusing, undecided) = (answering(1), answering(2));
    assert_eq!(answer(&cache, &refusing), "ineligible");
    assert_eq!(answer(&cache, &undecided), "undetermined");
    for extension in ["cwasm", "sha256"] {
        let both = files(&cache, extension);
        assert_eq!(both.len(), 2, "{both:?}");
        let aside = folder.path().join("aside");
        fs::rename(&both[0], &aside).unwrap();
        fs::rename(&both[1], &both[0]).unwrap();
        fs::rename(&aside, &both[1]).unwrap();
    }
    assert_eq!(answer(&cache, &refusing), "ineligible");
    assert_eq!(answer(&cache, &undecided), "undetermined");
}

/// Code that was changed, cut off, made a link or opened to others is compiled anew.
#[test]
fn code_that_somebody_could_have_changed_is_not_run() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = scratch();
    let cache = folder.path().join("cache");
    let refusing = answering(1);
    assert_eq!(answer(&cache, &refusing), "ineligible");
    let code = files(&cache, "cwasm").remove(0);
    let original = fs::read(&code).unwrap();
    let spoilt: [&dyn Fn(); 4] = [
        &|| fs::write(&code, original.iter().map(|byte| byte ^ 1).collect::<Vec<u8>>()).unwrap(),
        &|| fs::write(&code, &original[..original.len() / 2]).unwrap(),
        &|| {
            let aside = folder.path().join("elsewhere");
            fs::rename(&code, &aside).unwrap();
            symlink(&aside, &code).unwrap();
        },
        &|| fs::set_permissions(&code, fs::Permissions::from_mode(0o666)).unwrap(),
    ];
    for spoil in spoilt {
        spoil();
        assert_eq!(answer(&cache, &refusing), "ineligible");
        let found = fs::symlink_metadata(&code).unwrap();
        assert!(found.is_file(), "it is replaced");
        assert_eq!(found.permissions().mode() & 0o022, 0, "nobody else can write to it");
        assert_eq!(fs::read(&code).unwrap(), original, "it is compiled anew");
    }
}

#[test]
fn rules_run_as_without_a_cache_if_the_cache_is_full() {
    let folder = scratch();
    let settings = format!("[rules]\ncode-cache = {:?}\n", folder.path().join("cache"));
    // No file may have more than 8 KiB, and compiled code has more.
    let server = Server::start_under("ulimit -f 16", plugins_rulebook(), &settings);
    let facts = json!({"disability_grade": 1, "needs_long_term_care": true, "work_injury_care_payment": false,
        "destitute_support": false, "draws_elderly_care_subsidy": false});
    let reply = server.decide("CN-3706", "disability-care-subsidy", "2026-03-01", &facts);
    reply.assert_status(200).assert_includes(json!({"outcome": "eligible"}));
    let metrics = get(&format!("{}/metrics", server.operations), "").text;
    assert_contains(&metrics, "ordinance_rules_broken 0");
    assert_contains(&server.said(), "the code cache can't be written");
    assert_eq!(files(&folder.path().join("cache"), "cwasm"), Vec::<PathBuf>::new());
}
