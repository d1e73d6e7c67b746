//! `ordinance impact`: compares the decisions of two rulebooks on people.

mod checks;
#[cfg(feature = "parquet")]
mod columns;
mod output;
mod people;
mod text;

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use ordinance_domain::value::Decimal;
use ordinance_engine::Engine;
use ordinance_harness::{CaseDefaults, Comparison, GrantBudget, ImpactReport, OutcomeChange, PopulationImpact};

use self::checks::{check_broken, check_flags, check_known, check_weight};
pub(crate) use self::checks::{groupings, warn_broken};
pub(crate) use self::people::compare_people;
use self::text::print_impact;
pub(crate) use self::text::warn_withheld;
use crate::arguments::ImpactArguments;
use crate::exit::{CommandError, Exit};
use crate::invocation::now;
use crate::rulebook;
use crate::source::{Folder, io_error, kind_of};
use crate::terminal::{self, print_line};

pub(crate) fn run(arguments: &ImpactArguments) -> Result<Exit, CommandError> {
    let budgets = budgets(&arguments.budget)?;
    let is_old_built_here = matches!(kind_of(&arguments.old)?, Folder::Source);
    let old_engine = rulebook::load_for_simulation(&arguments.old, arguments.trust.trust())?.engine;
    let new_engine = rulebook::load_for_simulation(&arguments.new, arguments.trust.trust())?.engine;
    let old = old_engine.rulebook();
    let new = new_engine.rulebook();
    if is_old_built_here {
        // The rules that were in force did build; what fails here is the sources, or the toolchain.
        check_broken(old, "old")?;
    } else {
        warn_broken(old);
    }
    check_broken(new, "new")?;
    check_flags(arguments, old)?;
    check_weight(arguments.weight.as_deref(), [old, new])?;
    check_budgets(&budgets, [&old_engine, &new_engine])?;
    let defaults = CaseDefaults {
        jurisdiction: arguments.jurisdiction.clone(),
        service: arguments.service.clone(),
        as_of: arguments.as_of.clone(),
        columns: arguments.ignore.clone(),
        ..CaseDefaults::default()
    };
    for name in arguments.ignore.iter().filter(|name| [old, new].iter().any(|book| book.fact(name).is_some())) {
        terminal::print_note(&format!("warning: `{name}` is a fact, and the rules decide without it"));
    }
    let impact = compare(arguments, [&old_engine, &new_engine], &defaults)?;
    if let Some(folder) = &arguments.out {
        output::write(folder, arguments, &impact, [old, new], &budgets)?;
    }
    if arguments.json {
        print_line(&serde_json::to_string(&ImpactReport::new(&impact, 1)).unwrap_or_default());
    } else {
        print_impact(&impact, [old, new], &budgets);
    }
    warn_withheld(&impact);
    if impact.all.people.is_empty() {
        terminal::print_error(
            "no person was compared",
            Some("give a file with one person per line, or a table; see `ordinance impact --help`"),
        );
    }
    // A partly unread file must not give the exit code for "no changes", nor for "all changes are counted".
    let is_complete = impact.unusable == 0 && !impact.all.people.is_empty();
    Ok(match impact.all.changed().people {
        _ if !is_complete => Exit::BadUse,
        0 => Exit::Good,
        _ => Exit::Findings,
    })
}

fn compare(
    arguments: &ImpactArguments,
    engines: [&Engine; 2],
    defaults: &CaseDefaults,
) -> Result<PopulationImpact, CommandError> {
    if let Some(folder) = &arguments.out {
        fs::create_dir_all(folder).map_err(|source| io_error("made", folder, source))?;
        check_apart(folder, &arguments.population)?;
    }
    if let Some(file) = arguments.changed.as_ref().filter(|file| is_same(file, &arguments.population)) {
        return Err(CommandError::bad_use(
            format!("`{}` holds the people, and --changed would write over them", file.display()),
            "name another file after --changed",
        ));
    }
    match population_of(&arguments.population)? {
        #[cfg(feature = "parquet")]
        Population::Columns(paths) if arguments.changed.is_none() => {
            columns::compare(arguments, engines, defaults, &paths)
        }
        #[cfg(not(feature = "parquet"))]
        Population::Columns(paths) if arguments.population.is_dir() => {
            Err(needs_columns(paths.first().unwrap_or(&arguments.population)))
        }
        Population::Columns(paths) => match paths.as_slice() {
            [only] => compare_rows(arguments, engines, defaults, only),
            _ => Err(CommandError::bad_use(
                "--changed reads people one by one, from one file".to_owned(),
                "name one file, or leave --changed out and write the outcomes of all people by --out DIR --rows",
            )),
        },
        Population::Rows(path) => compare_rows(arguments, engines, defaults, &path),
    }
}

#[cfg(not(feature = "parquet"))]
fn needs_columns(path: &Path) -> CommandError {
    crate::entries::needs_feature(path, "parquet", "a file of columns")
}

/// Compares the people of one file, one by one.
fn compare_rows(
    arguments: &ImpactArguments,
    engines: [&Engine; 2],
    defaults: &CaseDefaults,
    path: &Path,
) -> Result<PopulationImpact, CommandError> {
    if arguments.rows {
        return Err(CommandError::bad_use(
            format!("--rows writes outcomes of people in columns, and `{}` has none", path.display()),
            "save it as Parquet or Arrow; or write what changes by --changed FILE",
        ));
    }
    let by = groupings(&arguments.by, engines.map(|engine| &**engine.rulebook()), |_| true)?;
    let comparison = Comparison { by, weight: arguments.weight.clone(), now: now() };
    let mut defaults = defaults.clone();
    defaults.ignore(comparison.columns());
    let mut changed = arguments.changed.as_deref().map(create).transpose()?;
    let impact = compare_people(engines, path, &defaults, &comparison, |diff| {
        if let Some((_, file)) = changed.as_mut().filter(|_| diff.change != OutcomeChange::Same) {
            // `flush` below reports an error of the disk.
            let _ = serde_json::to_writer(&mut *file, diff).map(|()| file.write_all(b"\n"));
        }
    })?;
    if let Some((path, mut file)) = changed {
        file.flush().map_err(|source| io_error("written", &path, source))?;
    }
    // Lines have no header that would tell it before.
    comparison.by.iter().try_for_each(|by| check_known(by, &impact))?;
    Ok(impact)
}

/// Whether two paths lead to the same file.
fn is_same(one: &Path, other: &Path) -> bool {
    fs::canonicalize(one).ok().zip(fs::canonicalize(other).ok()).is_some_and(|(one, other)| one == other)
}

/// Checks that the folder of what is written isn't that of the people.
fn check_apart(out: &Path, population: &Path) -> Result<(), CommandError> {
    let (Ok(out_path), Ok(people)) = (fs::canonicalize(out), fs::canonicalize(population)) else { return Ok(()) };
    let is_within = if people.is_dir() { out_path.starts_with(&people) } else { people.parent() == Some(&out_path) };
    match is_within {
        true => Err(CommandError::bad_use(
            format!("`{}` is in the folder of the people, whose files it could replace", out.display()),
            "name a folder apart from theirs after --out",
        )),
        false => Ok(()),
    }
}

/// The files of the people.
enum Population {
    /// One file of lines or rows.
    Rows(PathBuf),
    /// Files of columns.
    Columns(Vec<PathBuf>),
}

fn population_of(path: &Path) -> Result<Population, CommandError> {
    if !path.is_dir() {
        return Ok(match is_columnar(path) {
            true => Population::Columns(vec![path.to_owned()]),
            false => Population::Rows(path.to_owned()),
        });
    }
    let mut files = Vec::new();
    find_files(path, &mut files)?;
    files.sort();
    match files.iter().find(|file| !is_columnar(file)) {
        Some(other) => Err(CommandError::bad_use(
            format!(
                "the folder `{}` has the file `{}`, which is neither Parquet nor Arrow",
                path.display(),
                other.display()
            ),
            "a folder holds files of .parquet, .arrow or .feather alone; name any other file itself",
        )),
        None if files.is_empty() => Err(CommandError::bad_use(
            format!("the folder `{}` has no file of .parquet, .arrow or .feather", path.display()),
            "name the folder of the population, or one file",
        )),
        None => Ok(Population::Columns(files)),
    }
}

/// The files of a folder and of the folders in it. Names that begin with `.` or `_` are those of marks that programs
/// leave beside columns.
fn find_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), CommandError> {
    let unreadable = |source| io_error("read", folder, source);
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let (path, name) = (entry.path(), entry.file_name());
        if name.to_string_lossy().starts_with(['.', '_']) {
            continue;
        }
        match entry.file_type().map_err(unreadable)?.is_dir() {
            true => find_files(&path, files)?,
            false => files.push(path),
        }
    }
    Ok(())
}

fn is_columnar(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    matches!(ending.as_str(), "parquet" | "arrow" | "feather")
}

fn budgets(texts: &[String]) -> Result<Vec<GrantBudget>, CommandError> {
    let budget = |text: &String| {
        let read: Option<(&str, Decimal)> =
            text.split_once('=').and_then(|(field, amount)| Some((field, amount.parse().ok()?)));
        match read {
            Some((field, amount)) if !field.is_empty() && amount > Decimal::ZERO => {
                Ok(GrantBudget { field: field.to_owned(), amount })
            }
            _ => Err(CommandError::bad_use(
                format!("`{text}` is no budget"),
                "write --budget FIELD=AMOUNT with an amount above 0, such as --budget amount=120000000",
            )),
        }
    };
    texts.iter().map(budget).collect()
}

fn check_budgets(budgets: &[GrantBudget], engines: [&Engine; 2]) -> Result<(), CommandError> {
    let is_granted = |name: &str| {
        let mut contracts = engines.iter().flat_map(|engine| engine.rulebook().contracts());
        contracts.any(|contract| contract.grant.iter().any(|field| field.name.is(name)))
    };
    match budgets.iter().find(|budget| !is_granted(&budget.field)) {
        Some(budget) => Err(CommandError::bad_use(
            format!("no service grants `{}`", budget.field),
            "name a field of a service's grant before the amount of --budget",
        )),
        None => Ok(()),
    }
}

fn create(path: &Path) -> Result<(std::path::PathBuf, BufWriter<File>), CommandError> {
    let file = File::create(path).map_err(|source| io_error("written", path, source))?;
    Ok((path.to_owned(), BufWriter::new(file)))
}
