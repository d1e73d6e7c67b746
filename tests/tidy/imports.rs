//! No circle of imports: which module of a crate uses which other one, read from its `use` declarations and its paths.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::tokens::{Token, closing, tokens, without_test_modules};
use super::{collect, crates, is_test_file};

/// The path of a module below its crate, `[]` for the crate's root.
type Module = Vec<String>;

/// The modules that each module of a crate uses, each with a path that does.
type Imports = BTreeMap<Module, BTreeMap<Module, String>>;

/// What each module of a crate uses of its crate's modules. A module is given by its path, such as `registry/rule`, and
/// its text.
fn imports_of(sources: &[(Module, String)]) -> Imports {
    let modules: BTreeSet<Module> = sources.iter().map(|(module, _)| module.clone()).collect();
    let mut imports = Imports::new();
    for (module, text) in sources {
        let used = imports.entry(module.clone()).or_default();
        for path in paths_of(&without_test_modules(&tokens(text)), &children(&modules, module)) {
            if let Some(target) = resolve(&modules, module, &path).filter(|target| target != module) {
                used.entry(target).or_insert_with(|| path.join("::"));
            }
        }
    }
    imports
}

/// The names of the modules right below a module.
fn children<'a>(modules: &'a BTreeSet<Module>, parent: &Module) -> BTreeSet<&'a str> {
    let below = modules.iter().filter_map(|module| module.split_last().filter(|(_, above)| above == parent));
    below.map(|(name, _)| name.as_str()).collect()
}

/// Every path of a module that may lead to another one: those of its `use` declarations, and those that begin with
/// `crate`, `self`, `super` or the name of a child.
fn paths_of<'a>(tokens: &[Token<'a>], children: &BTreeSet<&str>) -> Vec<Vec<&'a str>> {
    let mut paths = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let before = at.checked_sub(1).map_or("", |before| tokens[before].text);
        let text = tokens[at].text;
        let begins = matches!(text, "crate" | "self" | "super") || children.contains(text);
        if text == "use" && tokens.get(at + 1).is_some_and(|next| next.text != "<") {
            let end = at + tokens[at..].iter().position(|token| token.text == ";").unwrap_or(tokens.len() - at);
            expand(&[], &tokens[at + 1..end], &mut paths);
            at = end;
        } else if begins && !matches!(before, "::" | "." | "mod") {
            let path = path_at(&tokens[at..]);
            at += 2 * path.len() - 1;
            // A single word, as in `pub(crate)`, leads nowhere.
            paths.extend(Some(path).filter(|path| path.len() > 1));
        } else {
            at += 1;
        }
    }
    paths
}

/// The names that `::` joins from here on.
fn path_at<'a>(tokens: &[Token<'a>]) -> Vec<&'a str> {
    let mut path = vec![tokens[0].text];
    for pair in tokens[1..].chunks_exact(2) {
        let is_name = pair[1].text.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
        if pair[0].text != "::" || !is_name {
            break;
        }
        path.push(pair[1].text);
    }
    path
}

/// Adds the path of each leaf of a `use` tree.
fn expand<'a>(prefix: &[&'a str], tree: &[Token<'a>], paths: &mut Vec<Vec<&'a str>>) {
    let mut path = prefix.to_vec();
    for (at, token) in tree.iter().enumerate() {
        match token.text {
            "{" => {
                let end = closing(tree, at);
                return branches(&tree[at + 1..end]).into_iter().for_each(|branch| expand(&path, branch, paths));
            }
            "as" => break,
            "::" | "*" => (),
            // What a group names so is the module around it.
            "self" if !path.is_empty() => (),
            name => path.push(name),
        }
    }
    paths.push(path);
}

/// The parts of a group of a `use` tree.
fn branches<'t, 'a>(group: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let mut depth = 0_i32;
    let parts = group.split(|token| {
        depth += i32::from(token.text == "{") - i32::from(token.text == "}");
        depth == 0 && token.text == ","
    });
    parts.filter(|part| !part.is_empty()).collect()
}

/// The module that a path leads to: the longest part of it that is one. `None` if it leads out of the crate.
fn resolve(modules: &BTreeSet<Module>, from: &Module, path: &[&str]) -> Option<Module> {
    let ups = path.iter().take_while(|name| **name == "super").count();
    let (base, rest) = match *path.first()? {
        "crate" => (&[][..], &path[1..]),
        "self" => (&from[..], &path[1..]),
        "super" => (&from[..from.len().saturating_sub(ups)], &path[ups..]),
        child if children(modules, from).contains(child) => (&from[..], path),
        _ => return None,
    };
    let mut target: Module = base.iter().cloned().chain(rest.iter().map(|name| (*name).to_owned())).collect();
    while !modules.contains(&target) {
        target.pop()?;
    }
    Some(target)
}

/// The groups of two modules and more that all use each other, directly or through others.
fn cycles(imports: &Imports) -> Vec<BTreeSet<Module>> {
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        imports.keys().map(|module| (module, reachable(imports, module))).collect();
    let mut cycles: Vec<BTreeSet<Module>> = Vec::new();
    for (module, others) in &reached {
        let circle: BTreeSet<Module> =
            others.iter().filter(|other| reached[**other].contains(module)).map(|other| (*other).clone()).collect();
        if circle.len() > 1 && !cycles.contains(&circle) {
            cycles.push(circle);
        }
    }
    cycles
}

/// Every module that one uses, directly or through others.
fn reachable<'a>(imports: &'a Imports, from: &Module) -> BTreeSet<&'a Module> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&Module> = imports[from].keys().collect();
    while let Some(module) = open.pop() {
        if reached.insert(module) {
            open.extend(imports.get(module).into_iter().flat_map(BTreeMap::keys));
        }
    }
    reached
}

/// A module as people write it.
fn name_of(module: &Module) -> String {
    if module.is_empty() { "lib".to_owned() } else { module.join("/") }
}

/// Each import within a cycle: a module, the one it uses, and a path that does.
fn edges(imports: &Imports, cycle: &BTreeSet<Module>) -> String {
    let mut lines = String::new();
    for module in cycle {
        for (target, path) in imports[module].iter().filter(|(target, _)| cycle.contains(*target)) {
            lines.push_str(&format!("    {}.rs -> {}.rs via {path}\n", name_of(module), name_of(target)));
        }
    }
    lines
}

/// The modules of a crate, each with its text, without the files of its unit tests.
fn modules_of(source: &Path) -> Vec<(Module, String)> {
    let mut files = Vec::new();
    collect(source, &mut files);
    files.retain(|(path, _)| !is_test_file(path));
    let module = |path: &Path| -> Module {
        let path = path.strip_prefix(source).unwrap().with_extension("");
        let names: Module = path.iter().map(|name| name.to_str().unwrap().to_owned()).collect();
        if names == ["lib"] || names == ["main"] { Module::new() } else { names }
    };
    files.into_iter().map(|(path, text)| (module(&path), text)).collect()
}

#[test]
fn no_modules_of_a_crate_import_each_other_in_a_cycle() {
    let mut found = String::new();
    for folder in crates() {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let imports = imports_of(&modules_of(&folder.join("src")));
        assert!(!imports.is_empty(), "{name} has no module");
        for cycle in cycles(&imports) {
            let names: Vec<String> = cycle.iter().map(name_of).collect();
            found.push_str(&format!("{name}: {}\n{}", names.join(", "), edges(&imports, &cycle)));
        }
    }
    assert!(found.is_empty(), "modules that import each other in a cycle:\n{found}");
}

#[cfg(test)]
mod tests {
    use super::{Module, cycles, edges, imports_of, name_of};

    fn module(path: &str) -> Module {
        if path == "lib" { Module::new() } else { path.split('/').map(str::to_owned).collect() }
    }

    /// Modules by path and text, and each import as `from -> to`, in order.
    fn check(sources: &[(&str, &str)], expect: &[&str]) {
        let sources: Vec<(Module, String)> =
            sources.iter().map(|(path, text)| (module(path), (*text).to_owned())).collect();
        let imports = imports_of(&sources);
        let pairs = imports.iter().flat_map(|(from, used)| used.keys().map(move |to| (from, to)));
        let found: Vec<String> = pairs.map(|(from, to)| format!("{} -> {}", name_of(from), name_of(to))).collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn an_import_leads_to_the_longest_part_of_its_path_that_is_a_module() {
        check(&[("a", "use crate::b::c::Item;"), ("b", ""), ("b/c", "")], &["a -> b/c"]);
        check(&[("a", "use crate::b::Item;"), ("b", ""), ("b/c", "")], &["a -> b"]);
        check(&[("a", "use crate::Item;"), ("lib", "")], &["a -> lib"]);
        check(&[("a", "use std::b; use serde::c::D; use b::E;"), ("b", "")], &[]);
    }

    #[test]
    fn a_group_is_as_many_imports() {
        let group = "pub(crate) use crate::{b::{self, X}, c::{Y as Z, d::*}, self as all};";
        check(
            &[("a", group), ("b", ""), ("c", ""), ("c/d", ""), ("lib", "")],
            &["a -> lib", "a -> b", "a -> c", "a -> c/d"],
        );
    }

    #[test]
    fn a_path_within_the_code_is_an_import() {
        check(&[("a", "fn f() -> crate::b::X { super::c::f() }"), ("b", ""), ("c", "")], &["a -> b", "a -> c"]);
        check(&[("a", "mod b; fn f() { b::g(x.c::<u8>()) }"), ("a/b", ""), ("a/c", "")], &["a -> a/b"]);
        check(
            &[("a/b", "fn f() { super::super::c::g(self::d::h()) }"), ("a/b/d", ""), ("c", "")],
            &["a/b -> a/b/d", "a/b -> c"],
        );
    }

    #[test]
    fn a_declaration_a_comment_a_text_and_a_test_are_no_imports() {
        check(
            &[
                ("a", "mod b; pub mod c; // crate::d::X\nconst T: &str = \"crate::d::X\";"),
                ("a/b", ""),
                ("a/c", ""),
                ("d", ""),
            ],
            &[],
        );
        check(&[("a", "#[cfg(test)]\nmod tests { use crate::d::X; }"), ("d", "")], &[]);
        check(&[("a", "pub(super) fn f(self) -> impl Sized + use<> { self.b }"), ("a/b", ""), ("lib", "")], &[]);
    }

    #[test]
    fn a_child_is_imported_by_its_name_or_through_self() {
        check(&[("a", "mod b; pub use b::X;"), ("a/b", "")], &["a -> a/b"]);
        check(&[("a", "mod b; pub use self::b::X;"), ("a/b", "use super::Y;")], &["a -> a/b", "a/b -> a"]);
    }

    #[test]
    fn a_cycle_that_is_planted_is_found_with_its_edges() {
        let sources = [
            ("a", "use crate::b::X;"),
            ("b", "mod c; use c::Y;"),
            ("b/c", "fn f() { crate::a::g() }"),
            ("d", "use crate::a::Z;"),
        ];
        let sources: Vec<(Module, String)> = sources.map(|(path, text)| (module(path), text.to_owned())).into();
        let imports = imports_of(&sources);
        let found = cycles(&imports);
        assert_eq!(found, [["a", "b", "b/c"].map(module).into()]);
        let lines =
            "    a.rs -> b.rs via crate::b::X\n    b.rs -> b/c.rs via c::Y\n    b/c.rs -> a.rs via crate::a::g\n";
        assert_eq!(edges(&imports, &found[0]), lines);
    }

    #[test]
    fn modules_in_the_order_of_their_layers_have_no_cycle() {
        let sources = [("a", "use crate::b::X; use crate::c::Y;"), ("b", "use crate::c::Y;"), ("c", "")];
        let sources: Vec<(Module, String)> = sources.map(|(path, text)| (module(path), text.to_owned())).into();
        assert_eq!(cycles(&imports_of(&sources)), []);
    }
}
