//! The commands for models of DMN: `tck`, `import` and `export`.

mod computed;
mod export;
mod import;
mod mapping;
mod rule_toml;
mod tck;
mod tck_folder;

pub(crate) use self::export::run as run_export;
pub(crate) use self::import::run as run_import;
pub(crate) use self::tck::run as run_tck;
