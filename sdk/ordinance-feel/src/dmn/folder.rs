//! A folder of models, which may import each other.

use super::model::{Model, ModelTexts};
use super::read::{Source, open_model, read_model};
use super::refusal::RefusalError;

/// The models of a folder.
#[derive(Debug, Default)]
pub struct ModelFolder {
    /// All their texts.
    pub texts: ModelTexts,
    /// Those that can be read.
    pub models: Vec<Model>,
    /// Those that aren't taken, by their files.
    pub refused: Vec<(String, RefusalError)>,
    /// The files that are no XML or no models, and why: faults of the files, whatever DMN is taken.
    pub broken: Vec<(String, RefusalError)>,
}

impl ModelFolder {
    /// Reads the models of files: each with its name and its text.
    #[must_use]
    pub fn read<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Self {
        let mut folder = Self::default();
        for (file, text) in files {
            let source = Source { file, text };
            match open_model(source) {
                Ok(document) => match read_model(source, &document, &mut folder.texts) {
                    Ok(model) => folder.models.push(model),
                    Err(refusal) => folder.refused.push((file.to_owned(), refusal)),
                },
                Err(fault) => folder.broken.push((file.to_owned(), fault)),
            }
        }
        folder
    }

    /// The model of a file.
    ///
    /// # Errors
    /// Why it can't be read, or that there is none.
    pub fn find(&self, file: &str) -> Result<usize, RefusalError> {
        if let Some(index) = self.models.iter().position(|model| model.file == file) {
            return Ok(index);
        }
        let mut faults = self.refused.iter().chain(&self.broken);
        let known = faults.find(|(name, _)| name == file).map(|(_, refusal)| refusal.clone());
        Err(known.unwrap_or_else(|| RefusalError {
            file: file.to_owned(),
            line: 0,
            column: 0,
            element: String::new(),
            reason: "there is no such model in the folder".to_owned(),
            help: None,
        }))
    }
}
