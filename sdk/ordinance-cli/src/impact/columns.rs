//! Compares the people of files of Parquet and Arrow.

use std::fs;
use std::path::PathBuf;

use ordinance_engine::Engine;
use ordinance_harness::{CaseDefaults, Comparison, PopulationImpact};
use ordinance_population::{
    FilesError, FinishedRun, ImpactRun, PopulationFiles, RowFaults, RunFolder, TableError, TableProgress,
};

use super::checks::groupings;
use super::output::people_folder;
use crate::arguments::ImpactArguments;
use crate::exit::CommandError;
use crate::invocation::now;
use crate::progress::Progress;
use crate::source::io_error;
use crate::terminal;

pub(super) fn compare(
    arguments: &ImpactArguments,
    engines: [&Engine; 2],
    defaults: &CaseDefaults,
    paths: &[PathBuf],
) -> Result<PopulationImpact, CommandError> {
    let files = PopulationFiles::open(paths).map_err(told)?;
    let rulebooks = engines.map(|engine| &**engine.rulebook());
    let by = groupings(&arguments.by, rulebooks, |column| files.have_column(column))?;
    let folder = arguments.out.as_ref().map(|out| {
        let people = people_folder(out);
        fs::create_dir_all(&people).map_err(|source| io_error("made", &people, source))?;
        let rows = arguments.rows.then(|| people.clone());
        Ok::<_, CommandError>(RunFolder { state: people, rows, restart: arguments.restart })
    });
    let run = ImpactRun {
        engines,
        files: &files,
        defaults: defaults.clone(),
        comparison: Comparison { by, weight: arguments.weight.clone(), now: now() },
        explained_max: usize::try_from(arguments.reasons).unwrap_or(usize::MAX),
        keep: arguments.keep.clone(),
        folder: folder.transpose()?,
        threads: arguments.threads,
    };
    let bar = Progress::new(usize::try_from(files.rows()).unwrap_or(usize::MAX), "people");
    let mut shown = 0;
    let finished = run.run(&TableProgress::default(), |compared| {
        bar.add(compared.saturating_sub(shown));
        shown = compared;
    });
    bar.clear();
    let FinishedRun { impact, faults, parts: (all, before) } = finished.map_err(told)?;
    if before > 0 {
        terminal::print_note(&format!("{before} of {all} parts were compared by an earlier run"));
    }
    print_faults(&faults, &files);
    if impact.unusable > 0 && impact.all.people.is_empty() {
        terminal::print_note("columns that belong to no case are named by --ignore");
    }
    Ok(impact)
}

fn print_faults(faults: &RowFaults, files: &PopulationFiles) {
    for (message, fault) in faults.by_row() {
        let place = files.place_of(fault.first);
        let place = place.map(|(path, row)| format!("`{}`, row {row}", path.display())).unwrap_or_default();
        let more = match fault.rows - 1 {
            0 => String::new(),
            more => format!(" (and {more} more rows)"),
        };
        terminal::print_error(&format!("{place} can't be compared: {message}{more}"), None);
    }
    if faults.others() > 0 {
        terminal::print_error(
            &format!("{} more rows have faults of further kinds", faults.others()),
            Some("mend those above first"),
        );
    }
}

fn told(error: FilesError) -> CommandError {
    let message = error.to_string();
    let help = match &error {
        FilesError::Io { .. } => "check the path, the space on the disk and who may read and write there",
        FilesError::Damaged { .. } => "the file is damaged, incomplete or of another format: copy or export it again",
        FilesError::Table { error: TableError::Columns(_), .. } => {
            "give the files the columns jurisdiction, service and as_of, or the flags of these names, and a column for \
             each fact; what belongs to no case is named by --ignore"
        }
        FilesError::Table { .. } => "mend the rows, or leave them out",
        FilesError::NoColumn { .. } => "name a column that every file has",
        FilesError::TakenName(_) => "leave it out of --keep, or give it another name in the files",
        FilesError::OtherRun { .. } | FilesError::State { .. } => {
            "name another folder after --out, go on with what the run was begun with, or begin anew with --restart"
        }
        FilesError::AtWork { .. } => "wait for it, or name another folder after --out",
        FilesError::Stopped => "run the command again to go on",
    };
    CommandError::bad_use(message, help)
}
