//! The files of an impact for others, without small cells.

use std::path::Path;
use std::sync::Arc;

use ordinance_engine::Rulebook;
use ordinance_harness::{
    ComparedPeople, GrantBudget, GroupRow, ImpactReport, PopulationComparison, PopulationImpact, PublishedExtent,
    PublishedImpact, group_rows, impact_html,
};
use ordinance_pages::ReadingLanguage;
use serde_json::json;

use crate::arguments::ImpactArguments;
use crate::exit::CommandError;
use crate::invocation::{command_line, utc_day};
use crate::source::{io_error, write_file};
use crate::terminal;

/// The folder of what is known of single people, in that of `--out`.
#[cfg(feature = "parquet")]
pub(super) fn people_folder(out: &Path) -> std::path::PathBuf {
    out.join("people")
}

/// Writes the page, the groups and the summary for programs.
pub(super) fn write(
    folder: &Path,
    arguments: &ImpactArguments,
    impact: &PopulationImpact,
    [old, new]: [&Arc<Rulebook>; 2],
    budgets: &[GrantBudget],
) -> Result<(), CommandError> {
    let smallest = arguments.smallest_cell;
    let published = PublishedImpact::new(impact, smallest, &arguments.by);
    let comparison = PopulationComparison {
        people: ComparedPeople::OfFile,
        impact: &published.impact,
        old,
        new,
        budgets,
        published: Some(&published),
    };
    let language = ReadingLanguage::from(arguments.language);
    let page = impact_html(&comparison, &command_without_paths(), &utc_day().to_string(), language);
    write_file(&folder.join("impact.html"), &page)?;
    let extent = match published.extent {
        PublishedExtent::All => "all",
        PublishedExtent::Totals => "totals",
        PublishedExtent::Nothing => "nothing",
    };
    let summary = json!({
        "old": old.digest().hex(), "new": new.digest().hex(), "smallest_cell": smallest, "published": extent,
        "impact": ImpactReport::new(&published.impact, smallest),
    });
    write_file(&folder.join("impact.json"), &format!("{summary:#}\n"))?;
    let rows = group_rows(&published.impact, smallest);
    write_file(
        &folder.join("groups.csv"),
        &csv_of(&rows).map_err(|error| io_error("written", &folder.join("groups.csv"), error))?,
    )?;
    #[cfg(feature = "parquet")]
    ordinance_population::write_groups(&folder.join("groups.parquet"), &rows).map_err(|error| {
        CommandError::bad_use(error.to_string(), "check the space on the disk and who may write there")
    })?;
    terminal::print_note(&format!("the page and the numbers for others are in {}", folder.display()));
    Ok(())
}

/// The command of this run, of whose paths others learn the last part alone.
fn command_without_paths() -> String {
    let short = |word: &str| word.rsplit('/').next().filter(|last| !last.is_empty()).unwrap_or(word).to_owned();
    command_line().split(' ').map(short).collect::<Vec<_>>().join(" ")
}

fn csv_of(rows: &[GroupRow]) -> std::io::Result<String> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(GroupRow::COLUMNS)?;
    for row in rows {
        table.write_record(row.cells().map(safe_in_sheet))?;
    }
    let bytes = table.into_inner().map_err(csv::IntoInnerError::into_error)?;
    String::from_utf8(bytes).map_err(std::io::Error::other)
}

/// A text that no program for sheets takes for a formula.
fn safe_in_sheet(text: String) -> String {
    let is_number = text.parse::<f64>().is_ok();
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number {
        true => format!("'{text}"),
        false => text,
    }
}
