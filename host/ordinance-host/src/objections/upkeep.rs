//! What the host does by itself with objections: it records those that a crash left without a record, notices answers,
//! and removes what need no longer be kept.

use std::sync::Arc;
use std::time::Duration;

use ordinance_domain::calendar::{Date, Timestamp};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::Rulebook;
use uuid::Uuid;

use crate::app::App;
use crate::clock::now;
use crate::objections::recording::{RecordingError, on_disk, record_answer, record_objection};
use crate::objections::terms::is_retention_over;

const EVERY: Duration = Duration::from_secs(60);

/// The day of a moment in a place; that in UTC, if the rulebook doesn't know the place.
pub(crate) fn day_in(rulebook: &Rulebook, place: &str, moment: Timestamp) -> Date {
    JurisdictionCode::new(place).map_or_else(
        |_| ordinance_domain::calendar::TimeZone::UTC.to_datetime(moment).date(),
        |place| rulebook.day_at(&place, moment),
    )
}

/// Looks after the objections of a host until it ends.
pub(crate) async fn run_upkeep(app: Arc<App>) {
    loop {
        if let Err(error) = look_after(&app).await {
            tracing::error!(%error, "the objections can't be looked after");
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn look_after(app: &App) -> Result<(), RecordingError> {
    let store = &app.objections;
    for id in store.unrecorded() {
        record_late(app, id).await?;
    }
    for id in on_disk(store, |store| store.newly_answered()).await? {
        notice_answer(app, id).await?;
    }
    remove_old(app).await
}

/// Removes the objections whose time of retention is over.
async fn remove_old(app: &App) -> Result<(), RecordingError> {
    let store = &app.objections;
    let rulebook = app.current.rulebook();
    for (notice, answered) in store.answered() {
        let id = notice.id;
        let today = day_in(&rulebook, &notice.by, now());
        if is_retention_over(answered.on, notice.keep_days, today) {
            on_disk(store, move |store| store.remove(id)).await?;
            tracing::info!(objection = %id, "an objection is removed, since its time of retention is over");
        }
    }
    Ok(())
}

async fn record_late(app: &App, id: Uuid) -> Result<(), RecordingError> {
    let _alone = app.objections.begin_writing().await;
    if let Some(notice) = app.objections.get(id) {
        record_objection(&app.objections, &app.log, notice, None).await?;
    }
    Ok(())
}

/// Records the answer to an objection, if it has one that isn't recorded. A file that can't be used is no answer: the
/// operator is told, and the objection stays open.
pub(crate) async fn notice_answer(app: &App, id: Uuid) -> Result<(), RecordingError> {
    let _alone = app.objections.begin_writing().await;
    let Some(notice) = app.objections.get(id) else { return Ok(()) };
    let (rulebook, by) = (app.current.rulebook(), notice.by.clone());
    match record_answer(&app.objections, &app.log, notice, |moment| day_in(&rulebook, &by, moment)).await {
        Ok(_) => Ok(()),
        Err(RecordingError::Folder(error)) => {
            tracing::error!(objection = %id, %error, "the answer to an objection can't be used");
            Ok(())
        }
        Err(error) => Err(error),
    }
}
