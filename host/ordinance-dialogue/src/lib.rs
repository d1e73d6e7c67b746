//! The dialogue with a person about a case: which question comes next, how an answer is read, and the pages of both and
//! of the outcome.
//!
//! Everything is a function of a rulebook, a form and a language, so that a host can answer with these pages, and a
//! browser can make them without any host. It knows no HTTP, clock, caller or log.
#![forbid(unsafe_code)]

pub mod answer_text;
pub mod case_form;
pub mod case_page;
pub mod dialogue;
pub mod elsewhere_page;
pub mod form_fields;
pub mod login_forms;
pub mod outcome;
pub mod page;
pub mod parts;
pub mod place_and_service;
pub mod question_page;
pub mod step;
pub mod step_notices;
pub mod values;
pub mod verdict;
pub mod what_if_page;
pub mod words;
