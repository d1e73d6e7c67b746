//! Ordinance's value of an expression.

use ordinance_feel::dmn::folder::ModelFolder;
use ordinance_feel::dmn::refusal::RefusalError;
use ordinance_feel::dmn::tck::Compute;
use ordinance_feel::dmn::values::shown;
use ordinance_feel::dmn::{Evaluated, Target, compose, elaborate};
use ordinance_feel_runtime::Value;

use crate::Computed;

/// The value of an expression as the only decision of a model.
#[must_use]
pub fn ours(expression: &str) -> Computed {
    match value(expression) {
        Ok(value) => match value.failure_within() {
            Some(failure) => Computed::Refused(format!("{failure:?}")),
            None if value == Value::Null => Computed::Null(String::new()),
            None => Computed::Value(shown(&value)),
        },
        Err(refusal) => Computed::Refused(refusal.reason),
    }
}

fn value(expression: &str) -> Result<Value, RefusalError> {
    let model = model_of(expression);
    let folder = ModelFolder::read([("model.dmn", model.as_str())]);
    let main = folder.find("model.dmn")?;
    let composed = compose(&folder.texts, &folder.models, main, Target::Decision("result"))?;
    let program = elaborate(&folder.texts, &composed)?;
    Evaluated.compute(&program, &[]).map_err(|error| composed.place.refuse(error.to_string()))
}

fn model_of(expression: &str) -> String {
    let text = expression.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        r#"<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="model" namespace="urn:model">
             <decision id="result" name="result"><variable name="result"/>
               <literalExpression><text>{text}</text></literalExpression>
             </decision>
           </definitions>"#
    )
}
