// Shows the slider over the days on which the law changes, and puts its day into the field of the form. The button
// sends the form: no setting of a control loads another page by itself (WCAG 3.2.2).
"use strict";
const form = document.querySelector("form[data-days]");
const slider = form && form.querySelector("input[type=range]");
if (slider) {
    const days = [...form.querySelectorAll("datalist option")];
    const [field, output] = [form.querySelector("input[name=on]"), form.querySelector("output")];
    form.querySelector(".app-slider").hidden = false;
    slider.addEventListener("input", () => {
        output.textContent = days[slider.value].label;
        slider.setAttribute("aria-valuetext", days[slider.value].label);
    });
    slider.setAttribute("aria-valuetext", output.textContent);
    slider.addEventListener("change", () => {
        field.value = days[slider.value].dataset.day;
    });
}
