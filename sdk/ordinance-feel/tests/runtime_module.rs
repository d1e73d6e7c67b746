//! The run-time library that is embedded in the compiler is what its source gives.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets something unexpected fails"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wasmparser::{KnownCustom, Linking, Parser, Payload, RelocationEntry, RelocationType, SymbolInfo};

const TARGET: &str = "wasm32-unknown-unknown";

fn crate_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn output_of(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Installs the target with rustup if the toolchain lacks it.
fn ensure_target(sysroot: &str) {
    if !Path::new(sysroot).join("lib/rustlib").join(TARGET).is_dir() {
        output_of("rustup", &["target", "add", TARGET]);
    }
}

/// Builds the library without the paths of this machine in it, by the compiler alone: cargo would put the folder of a
/// crate into the hash by which the linker orders functions.
fn build_library() -> Vec<u8> {
    let sysroot = output_of("rustc", &["--print", "sysroot"]);
    ensure_target(&sysroot);
    let runtime = crate_folder().parent().unwrap().join("ordinance-feel-runtime");
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("feel-module");
    fs::create_dir_all(&target).unwrap();
    let compile = |name: &str, kind: &str, source: &str, further: &[&str]| {
        let source = runtime.join(source);
        let remaps = [(runtime.to_str().unwrap(), "feel"), (&*sysroot, "rust")]
            .map(|(from, to)| format!("--remap-path-prefix={from}={to}"));
        let mut arguments = vec!["--crate-name", name, "--crate-type", kind, source.to_str().unwrap()];
        arguments.extend([
            "--edition=2024",
            "--target",
            TARGET,
            "--out-dir",
            target.to_str().unwrap(),
            "--cap-lints=allow",
        ]);
        arguments.extend(["-Copt-level=s", "-Cpanic=abort", "-Ccodegen-units=1", "-Cmetadata=feel"]);
        arguments.extend(remaps.iter().map(String::as_str));
        arguments.extend(further);
        output_of("rustc", &arguments);
    };
    compile("ordinance_feel_runtime", "rlib", "src/lib.rs", &[]);
    let library = format!("ordinance_feel_runtime={}", target.join("libordinance_feel_runtime.rlib").display());
    let link = [
        "-Clto=fat",
        "-Clink-arg=-zstack-size=65536",
        "-Clink-arg=--no-merge-data-segments",
        "-Clink-arg=--emit-relocs",
        "-Clink-arg=--export=__heap_base",
        "--extern",
        &library,
    ];
    compile("ordinance_feel_module", "cdylib", "wasm/src/lib.rs", &link);
    only_code(&fs::read(target.join("ordinance_feel_module.wasm")).unwrap())
}

/// The module without names and without what is for debuggers. What its relocations tell is kept as the custom section
/// `segments`: for each function that reads constant data its index, the number of data segments and their indices,
/// each in LEB128.
fn only_code(bytes: &[u8]) -> Vec<u8> {
    let mut module = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.unwrap();
        if let Some((id, range)) = payload.as_section().filter(|(id, _)| *id != 0) {
            module.section(&wasm_encoder::RawSection { id, data: &bytes[range] });
        }
    }
    let mut uses = Vec::new();
    let mut write = |number: u32| wasm_encoder::Encode::encode(&number, &mut uses);
    for (function, segments) in segments_of_functions(bytes) {
        write(function);
        write(segments.len() as u32);
        segments.into_iter().for_each(&mut write);
    }
    module.section(&wasm_encoder::CustomSection { name: "segments".into(), data: uses.into() });
    module.finish()
}

/// The data segments that each function reads, by their indices.
fn segments_of_functions(bytes: &[u8]) -> BTreeMap<u32, BTreeSet<u32>> {
    let (mut starts, mut code_start, mut code_index) = (Vec::new(), 0, 0);
    let (mut sections, mut segments, mut data_index) = (0, 0, 0);
    let (mut segment_of_symbol, mut relocations) = (Vec::new(), BTreeMap::new());
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.unwrap();
        match &payload {
            Payload::CodeSectionStart { range, .. } => (code_start, code_index) = (range.start, sections),
            Payload::CodeSectionEntry(body) => starts.push(body.range().start),
            Payload::DataSection(section) => (segments, data_index) = (section.count(), sections),
            Payload::CustomSection(section) => match section.as_known() {
                KnownCustom::Linking(linking) => segment_of_symbol = segments_of_symbols(linking),
                KnownCustom::Reloc(section) => {
                    let entries: Vec<RelocationEntry> = section.entries().into_iter().map(Result::unwrap).collect();
                    relocations.insert(section.section_index(), entries);
                }
                _ => (),
            },
            _ => (),
        }
        sections += u32::from(payload.as_section().is_some());
    }
    assert!(!relocations.contains_key(&data_index), "constant data that has addresses in it");
    let mut found: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for entry in &relocations[&code_index] {
        assert!(!matches!(entry.ty, RelocationType::TableIndexSleb | RelocationType::TableIndexI32), "{entry:?}");
        if matches!(entry.ty, RelocationType::MemoryAddrLeb | RelocationType::MemoryAddrSleb) {
            let at = code_start + entry.offset as usize;
            let function = starts.partition_point(|start| *start <= at) - 1;
            // What is zero at the start is in no segment.
            let segment = segment_of_symbol[entry.index as usize].filter(|segment| *segment < segments);
            found.entry(function as u32).or_default().extend(segment);
        }
    }
    found.retain(|_, segments| !segments.is_empty());
    found
}

fn segments_of_symbols(linking: wasmparser::LinkingSectionReader<'_>) -> Vec<Option<u32>> {
    let segment = |symbol: SymbolInfo<'_>| match symbol {
        SymbolInfo::Data { symbol: Some(symbol), .. } => Some(symbol.index),
        _ => None,
    };
    for part in linking.subsections() {
        if let Linking::SymbolTable(symbols) = part.unwrap() {
            return symbols.into_iter().map(|symbol| segment(symbol.unwrap())).collect();
        }
    }
    panic!("no symbols");
}

#[test]
fn the_embedded_library_is_built_from_its_source() {
    let embedded = crate_folder().join("runtime.wasm");
    let built = build_library();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&embedded, &built).unwrap();
    }
    let found = fs::read(&embedded).unwrap_or_default();
    assert!(
        found == built,
        "`runtime.wasm` is old ({} bytes, not {}); write it with UPDATE=1",
        found.len(),
        built.len()
    );
    let home = std::env::var("HOME").unwrap_or_default();
    assert!(home.len() < 2 || !contains(&built, home.as_bytes()), "a path of this machine is in the library");
    assert!(!contains(&built, crate_folder().to_str().unwrap().as_bytes()), "the path of the source is in the library");
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn what_constant_data_a_function_reads_is_told() {
    let bytes = fs::read(crate_folder().join("runtime.wasm")).unwrap();
    let mut uses: &[u8] = &[];
    let mut segments = 0;
    for payload in Parser::new(0).parse_all(&bytes) {
        match payload.unwrap() {
            Payload::CustomSection(section) => {
                assert_eq!(section.name(), "segments");
                uses = section.data();
            }
            Payload::DataSection(section) => segments = section.count(),
            _ => (),
        }
    }
    let mut reader = wasmparser::BinaryReader::new(uses, 0);
    let mut read = BTreeSet::new();
    while !reader.eof() {
        reader.read_var_u32().unwrap();
        for _ in 0..reader.read_var_u32().unwrap() {
            read.insert(reader.read_var_u32().unwrap());
        }
    }
    assert_eq!(read, (0..segments).collect(), "every segment is read by a function");
}

#[test]
fn the_library_imports_nothing_and_calls_nothing_through_a_table() {
    let bytes = fs::read(crate_folder().join("runtime.wasm")).unwrap();
    let mut exports = Vec::new();
    for payload in Parser::new(0).parse_all(&bytes) {
        match payload.unwrap() {
            Payload::ImportSection(_) => panic!("an import"),
            Payload::TableSection(_) => panic!("a table"),
            Payload::StartSection { .. } => panic!("a start function"),
            Payload::ExportSection(section) => {
                exports.extend(section.into_iter().map(|export| export.unwrap().name.to_owned()));
            }
            _ => (),
        }
    }
    for function in ordinance_feel_runtime::Builtin::ALL {
        let name = format!("function.{}", function.name());
        let is_exported = exports.contains(&name);
        assert_eq!(is_exported, *function != ordinance_feel_runtime::Builtin::Sort, "{name}");
    }
}
