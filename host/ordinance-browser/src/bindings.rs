//! The border to the page, as `wit/browser.wit` describes it.

wit_bindgen::generate!({ path: "wit", world: "browser", pub_export_macro: true });
