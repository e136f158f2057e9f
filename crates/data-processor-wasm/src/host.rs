//! What the host is asked: letters whose case its own edition of Unicode knows.

use expression::case::Case;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    type Text;
    #[wasm_bindgen(method, js_name = toUpperCase)]
    fn to_upper_case(this: &Text) -> String;
    #[wasm_bindgen(method, js_name = toLowerCase)]
    fn to_lower_case(this: &Text) -> String;
}

/// `text` in that case.
pub fn case(text: &str, case: Case) -> String {
    let text: Text = JsValue::from_str(text).unchecked_into();
    match case {
        Case::Upper => text.to_upper_case(),
        Case::Lower => text.to_lower_case(),
    }
}
