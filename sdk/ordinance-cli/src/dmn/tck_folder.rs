//! The folders of test cases: each has one or more models and files of cases for them.

use std::fs;
use std::path::{Path, PathBuf};

use ordinance_feel::dmn::cases::CaseModel;
use ordinance_feel::dmn::folder::ModelFolder;
use ordinance_feel::dmn::model::ElementPlace;
use ordinance_feel::dmn::refusal::RefusalError;

use crate::exit::CommandError;
use crate::source::io_error;

/// How deep folders are searched.
const DEPTH_MAX: usize = 8;
/// The largest file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 32 << 20;

/// A file with its text.
pub(super) struct TextOfFile {
    pub(super) name: String,
    pub(super) text: String,
}

/// A folder with models and cases.
pub(super) struct TckFolder {
    pub(super) path: PathBuf,
    models: Vec<TextOfFile>,
    pub(super) cases: Vec<TextOfFile>,
}

/// The folders at and below one, in the order of their paths, that have cases.
pub(super) fn find_folders(dir: &Path) -> Result<Vec<TckFolder>, CommandError> {
    let mut found = Vec::new();
    search(dir, 0, &mut found)?;
    Ok(found)
}

fn search(dir: &Path, depth: usize, found: &mut Vec<TckFolder>) -> Result<(), CommandError> {
    let entries = fs::read_dir(dir).map_err(|source| io_error("read", dir, source))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(|source| io_error("read", dir, source))?.path());
    }
    paths.sort();
    let mut folder = TckFolder { path: dir.to_owned(), models: Vec::new(), cases: Vec::new() };
    for path in paths {
        if path.is_dir() {
            if depth < DEPTH_MAX {
                search(&path, depth + 1, found)?;
            }
            continue;
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if has_extension(&path, "dmn") {
            folder.models.push(TextOfFile { text: read_text(&path)?, name });
        } else if has_extension(&path, "xml") && name.contains("-test-") {
            folder.cases.push(TextOfFile { text: read_text(&path)?, name });
        }
    }
    if !folder.cases.is_empty() {
        found.push(folder);
    }
    Ok(())
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}

/// Reads a file of text in UTF-8.
pub(super) fn read_text(path: &Path) -> Result<String, CommandError> {
    let size = fs::metadata(path).map_err(|source| io_error("read", path, source))?.len();
    if size > FILE_BYTES_MAX {
        return Err(CommandError::bad_use(
            format!("`{}` has {size} bytes", path.display()),
            format!("a file may have at most {FILE_BYTES_MAX}"),
        ));
    }
    let bytes = fs::read(path).map_err(|source| io_error("read", path, source))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        CommandError::bad_use(format!("`{}` isn't UTF-8 at byte {at}", path.display()), "save it in the encoding UTF-8")
    })
}

impl TckFolder {
    /// The models, which may import each other.
    pub(super) fn read_models(&self) -> ModelFolder {
        ModelFolder::read(self.models.iter().map(|model| (model.name.as_str(), model.text.as_str())))
    }

    /// The file of the model that a file of cases is for: that which it names, and if it names none that whose name its
    /// own begins with, or the only one.
    ///
    /// # Errors
    /// If the folder has no such model.
    pub(super) fn model_of(&self, cases: &str, named: Option<&CaseModel>) -> Result<&str, RefusalError> {
        let has_name = |wanted: &str| self.models.iter().find(|model| model.name == wanted);
        let with_ending = |name: &str| has_name(name).or_else(|| has_name(&format!("{name}.dmn")));
        let known = || self.models.iter().map(|model| format!("`{}`", model.name)).collect::<Vec<_>>().join(", ");
        let (found, place) = match named {
            Some(named) => (with_ending(&named.file), named.place.clone()),
            None => {
                let stem = cases.split("-test-").next().unwrap_or(cases);
                let only = || self.models.first().filter(|_| self.models.len() == 1);
                let place =
                    ElementPlace { file: cases.to_owned(), line: 1, column: 1, element: "testCases".to_owned() };
                (has_name(&format!("{stem}.dmn")).or_else(only), place)
            }
        };
        let wanted = named.map_or_else(
            || "which model the cases are for isn't said".to_owned(),
            |named| format!("the folder has no model `{}`", named.file),
        );
        let help = match self.models.is_empty() {
            true => "put the model beside the cases".to_owned(),
            false => format!("write the file of a model of the folder as `modelName`: {}", known()),
        };
        let fault = || RefusalError { help: Some(help), ..place.refuse(wanted) };
        found.map(|model| model.name.as_str()).ok_or_else(fault)
    }
}
