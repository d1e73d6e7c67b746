//! A component can keep a compiler busy for hours, or take all memory. No command of an author or a reviewer compiles
//! in its own process: each has the worker and the limits of a host.

use std::fs;

use crate::assertions::assert_contains;
use crate::faults::write_rulebook;
use crate::hostile_guests::Guest;
use crate::support::{ordinance, scratch, text_of};

/// The number of locals, and of nested loops that may change each of them: the compiler keeps a value for each pair.
const LOCALS: usize = 20_000;
const LOOPS: usize = 1_000;

/// A rule whose code is small and whose compilation takes more memory than a worker has.
fn bomb() -> Vec<u8> {
    let locals: String = (0..LOCALS).map(|local| format!("(local $b{local} i32)")).collect();
    let change = |local| format!("(local.set $b{local} (i32.add (local.get $b{local}) (i32.const 1)))");
    let changes: String = (0..LOCALS).map(change).collect();
    let (begins, ends) = ("loop ".repeat(LOOPS), "local.get $b0 br_if 0 end ".repeat(LOOPS));
    Guest::with_body(format!("{locals} {begins} {changes} {ends} (i32.const 1024)")).component()
}

#[test]
fn a_compile_bomb_ends_no_command_but_its_worker() {
    let folder = scratch();
    let source = write_rulebook(folder.path(), &[("BOMB", bomb()), ("GOOD", Guest::default().component())]);
    let cache = folder.path().join("cache");
    let ended = |arguments: &[&str]| {
        let output = ordinance().args(arguments).env("XDG_CACHE_HOME", &cache).output().unwrap();
        text_of(&output)
    };
    let built = ended(&["build", source.to_str().unwrap()]);
    assert_contains(&built, "`XX-BOMB/probe` can't be loaded into this rulebook");
    assert_contains(&built, "the compiler");
    assert_contains(&built, "1 rule built");
    // Only a component with a manifest is inspected.
    let manifest = fs::read_to_string(source.join("XX-BOMB/probe/rule.toml")).unwrap();
    let component = folder.path().join("bomb.wasm");
    fs::write(&component, with_manifest(bomb(), &manifest)).unwrap();
    assert_contains(&ended(&["inspect", component.to_str().unwrap()]), "can't be loaded: the compiler");
}

/// A component with the custom section that a build adds.
fn with_manifest(mut component: Vec<u8>, manifest: &str) -> Vec<u8> {
    let name = b"ordinance:manifest";
    let length = name.len() + 1 + manifest.len();
    component.push(0);
    component.extend([u8::try_from(length & 0x7f).unwrap() | 0x80, u8::try_from(length >> 7).unwrap()]);
    component.push(u8::try_from(name.len()).unwrap());
    component.extend(name);
    component.extend(manifest.as_bytes());
    component
}
