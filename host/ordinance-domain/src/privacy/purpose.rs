//! Purposes: terms of the W3C Data Privacy Vocabulary (DPV), and their order from narrow to broad.

use std::fmt;

use crate::name::shortened;

/// A purpose: a term of the W3C Data Privacy Vocabulary such as `dpv:PublicBenefit`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purpose(&'static str);

/// A text names no purpose.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no purpose; write {expected}", expected = EXPECTED_PURPOSE)]
pub struct PurposeError(String);

/// The text that says in messages what a purpose is.
pub const EXPECTED_PURPOSE: &str =
    "a purpose of the Data Privacy Vocabulary 2.3, such as `dpv:PublicBenefit` (https://w3id.org/dpv#Purpose)";

impl Purpose {
    /// Parses a term, such as `dpv:PublicBenefit`. The vocabulary must have the term: no law could know the meaning
    /// of another.
    ///
    /// # Errors
    /// [`PurposeError`] if the vocabulary has no such purpose.
    pub fn new(term: &str) -> Result<Self, PurposeError> {
        let found = PURPOSES.iter().find(|(known, _)| *known == term);
        found.map(|(known, _)| Self(known)).ok_or_else(|| PurposeError(shortened(term)))
    }

    /// Every purpose of the vocabulary, by its term.
    pub fn all() -> impl Iterator<Item = Self> {
        PURPOSES.iter().map(|(term, _)| Self(term))
    }

    /// The term, such as `dpv:PublicBenefit`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        self.0
    }

    /// Every purpose that is broader than this one, directly or not, in no order.
    #[must_use]
    pub fn broader(&self) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        let mut narrower = vec![self.0];
        while let Some(term) = narrower.pop() {
            for broader in PURPOSES.iter().filter(|(known, _)| *known == term).flat_map(|(_, broader)| *broader) {
                if !all.iter().any(|known| known.0 == *broader) {
                    all.push(Self(broader));
                    narrower.push(broader);
                }
            }
        }
        all
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The purposes of the Data Privacy Vocabulary 2.3 (W3C Data Privacy Vocabularies and Controls Community Group,
/// <https://w3id.org/dpv>, W3C Software and Document License), each with the purposes directly above it.
const PURPOSES: &[(&str, &[&str])] = &[
    ("dpv:AcademicResearch", &["dpv:ResearchAndDevelopment"]),
    ("dpv:AccountManagement", &[]),
    ("dpv:Advertising", &["dpv:Marketing"]),
    ("dpv:AgeVerification", &["dpv:Verification"]),
    ("dpv:CombatClimateChange", &["dpv:PublicBenefit"]),
    ("dpv:CommercialPurpose", &[]),
    ("dpv:CommercialResearch", &["dpv:CommercialPurpose", "dpv:ResearchAndDevelopment"]),
    ("dpv:CommunicationForCustomerCare", &["dpv:CommunicationManagement", "dpv:CustomerCare"]),
    ("dpv:CommunicationManagement", &[]),
    ("dpv:CounterMoneyLaundering", &["dpv:FraudPreventionAndDetection"]),
    ("dpv:Counterterrorism", &["dpv:PublicBenefit"]),
    ("dpv:CustomerCare", &["dpv:CustomerManagement"]),
    ("dpv:CustomerClaimsManagement", &["dpv:CustomerManagement"]),
    ("dpv:CustomerManagement", &[]),
    ("dpv:CustomerOrderManagement", &["dpv:CustomerManagement"]),
    ("dpv:CustomerRelationshipManagement", &["dpv:CustomerManagement"]),
    ("dpv:CustomerSolvencyMonitoring", &["dpv:CustomerManagement"]),
    ("dpv:DataAltruism", &["dpv:PublicBenefit"]),
    ("dpv:DeliveryOfGoods", &["dpv:RequestedServiceProvision"]),
    ("dpv:DirectMarketing", &["dpv:Marketing"]),
    ("dpv:DisputeManagement", &["dpv:OrganisationGovernance"]),
    ("dpv:EnforceAccessControl", &["dpv:EnforceSecurity"]),
    ("dpv:EnforceSecurity", &[]),
    ("dpv:EstablishContractualAgreement", &[]),
    ("dpv:FraudPreventionAndDetection", &["dpv:MisusePreventionAndDetection"]),
    ("dpv:FulfilmentOfContractualObligation", &["dpv:FulfilmentOfObligation"]),
    ("dpv:FulfilmentOfObligation", &[]),
    ("dpv:HumanResourceManagement", &[]),
    ("dpv:IdentityAuthentication", &["dpv:EnforceSecurity"]),
    ("dpv:IdentityVerification", &["dpv:Verification"]),
    ("dpv:ImproveExistingProductsAndServices", &["dpv:OptimisationForController"]),
    ("dpv:ImproveHealthcare", &["dpv:PublicBenefit"]),
    ("dpv:ImproveInternalCRMProcesses", &["dpv:CustomerRelationshipManagement", "dpv:OptimisationForController"]),
    ("dpv:ImprovePublicServices", &["dpv:PublicBenefit"]),
    ("dpv:ImproveTransportMobility", &["dpv:PublicBenefit"]),
    ("dpv:IncreaseServiceRobustness", &["dpv:OptimisationForController"]),
    ("dpv:InternalResourceOptimisation", &["dpv:OptimisationForController"]),
    ("dpv:LegalCompliance", &["dpv:FulfilmentOfObligation"]),
    ("dpv:MaintainFraudDatabase", &["dpv:FraudPreventionAndDetection"]),
    ("dpv:Marketing", &[]),
    ("dpv:MemberPartnerManagement", &["dpv:OrganisationGovernance"]),
    ("dpv:MisusePreventionAndDetection", &["dpv:EnforceSecurity"]),
    ("dpv:NonCommercialPurpose", &[]),
    ("dpv:NonCommercialResearch", &["dpv:NonCommercialPurpose", "dpv:ResearchAndDevelopment"]),
    ("dpv:OptimisationForConsumer", &["dpv:ServiceOptimisation"]),
    ("dpv:OptimisationForController", &["dpv:ServiceOptimisation"]),
    ("dpv:OptimiseUserInterface", &["dpv:OptimisationForConsumer"]),
    ("dpv:OrganisationComplianceManagement", &["dpv:OrganisationGovernance"]),
    ("dpv:OrganisationGovernance", &[]),
    ("dpv:OrganisationRiskManagement", &["dpv:OrganisationGovernance"]),
    ("dpv:PaymentManagement", &["dpv:ServiceManagement"]),
    ("dpv:Personalisation", &[]),
    ("dpv:PersonalisedAdvertising", &["dpv:Advertising", "dpv:Personalisation"]),
    ("dpv:PersonalisedBenefits", &["dpv:ServicePersonalisation"]),
    ("dpv:PersonnelBehaviourMonitoring", &["dpv:PersonnelMonitoring"]),
    ("dpv:PersonnelHiring", &["dpv:PersonnelManagement"]),
    ("dpv:PersonnelManagement", &["dpv:HumanResourceManagement"]),
    ("dpv:PersonnelMonitoring", &["dpv:PersonnelManagement"]),
    ("dpv:PersonnelOffboarding", &["dpv:PersonnelManagement"]),
    ("dpv:PersonnelOnboarding", &["dpv:PersonnelHiring"]),
    ("dpv:PersonnelPayment", &["dpv:PersonnelManagement"]),
    ("dpv:PersonnelPerformanceEvaluation", &["dpv:PersonnelPerformanceManagement"]),
    ("dpv:PersonnelPerformanceManagement", &["dpv:PersonnelManagement", "dpv:PersonnelMonitoring"]),
    ("dpv:PersonnelPerformanceMonitoring", &["dpv:PersonnelMonitoring", "dpv:PersonnelPerformanceManagement"]),
    ("dpv:PersonnelPerformancePrediction", &["dpv:PersonnelPerformanceManagement"]),
    ("dpv:PersonnelPromotionManagement", &["dpv:PersonnelManagement"]),
    ("dpv:PersonnelTerminationManagement", &["dpv:PersonnelManagement"]),
    ("dpv:PersonnelWorkloadManagement", &["dpv:PersonnelManagement"]),
    ("dpv:PoliticalCampaign", &["dpv:Advertising", "dpv:Personalisation"]),
    ("dpv:ProtectionOfIPR", &["dpv:FulfilmentOfObligation"]),
    ("dpv:ProtectionOfNationalSecurity", &["dpv:PublicBenefit"]),
    ("dpv:ProtectionOfPublicSecurity", &["dpv:PublicBenefit"]),
    ("dpv:ProvideEventRecommendations", &["dpv:ProvidePersonalisedRecommendations"]),
    ("dpv:ProvideOfficialStatistics", &["dpv:PublicBenefit"]),
    ("dpv:ProvidePersonalisedRecommendations", &["dpv:ServicePersonalisation"]),
    ("dpv:ProvideProductRecommendations", &["dpv:ProvidePersonalisedRecommendations"]),
    ("dpv:PublicBenefit", &[]),
    ("dpv:PublicPolicyMaking", &["dpv:PublicBenefit"]),
    ("dpv:PublicRelations", &["dpv:Marketing"]),
    ("dpv:RecordManagement", &[]),
    ("dpv:RecruitmentAdvertising", &["dpv:Advertising", "dpv:PersonnelHiring"]),
    ("dpv:RecruitmentApplicantBackgroundCheck", &["dpv:RecruitmentManagement"]),
    ("dpv:RecruitmentApplicantCriminalBackgroundCheck", &["dpv:RecruitmentManagement"]),
    ("dpv:RecruitmentApplicantInformationAuthentication", &["dpv:RecruitmentManagement"]),
    ("dpv:RecruitmentApplicantSelection", &["dpv:RecruitmentManagement"]),
    ("dpv:RecruitmentApplicationAnalysis", &["dpv:RecruitmentApplicationManagement"]),
    ("dpv:RecruitmentApplicationManagement", &["dpv:RecruitmentManagement"]),
    ("dpv:RecruitmentApplicationScreening", &["dpv:RecruitmentApplicationManagement"]),
    ("dpv:RecruitmentInterviewAnalysis", &["dpv:RecruitmentInterviewManagement"]),
    ("dpv:RecruitmentInterviewAssessment", &["dpv:RecruitmentInterviewManagement"]),
    ("dpv:RecruitmentInterviewManagement", &["dpv:RecruitmentManagement"]),
    ("dpv:RecruitmentInterviewScheduling", &["dpv:RecruitmentInterviewManagement"]),
    ("dpv:RecruitmentManagement", &["dpv:PersonnelHiring"]),
    ("dpv:RecruitmentTargetedAdvertising", &["dpv:RecruitmentAdvertising", "dpv:TargetedAdvertising"]),
    ("dpv:RepairImpairments", &["dpv:ServiceManagement"]),
    ("dpv:RequestedServiceProvision", &["dpv:ServiceProvision"]),
    ("dpv:ResearchAndDevelopment", &[]),
    ("dpv:RightsFulfilment", &[]),
    ("dpv:ScientificResearch", &["dpv:ResearchAndDevelopment"]),
    ("dpv:SearchFunctionalities", &["dpv:ServiceProvision"]),
    ("dpv:SellDataToThirdParties", &["dpv:SellProducts"]),
    ("dpv:SellInsightsFromData", &["dpv:SellProducts"]),
    ("dpv:SellProducts", &["dpv:ServiceProvision"]),
    ("dpv:SellProductsToDataSubject", &["dpv:SellProducts"]),
    ("dpv:ServiceAccessDetermination", &["dpv:ServiceManagement"]),
    ("dpv:ServiceManagement", &[]),
    ("dpv:ServiceMonitoring", &["dpv:ServiceManagement"]),
    ("dpv:ServiceOptimisation", &["dpv:ServiceManagement"]),
    ("dpv:ServicePersonalisation", &["dpv:Personalisation", "dpv:ServiceManagement"]),
    ("dpv:ServiceProvision", &["dpv:ServiceManagement"]),
    ("dpv:ServiceRegistration", &["dpv:ServiceManagement"]),
    ("dpv:ServiceUsageAnalytics", &["dpv:ServiceMonitoring"]),
    ("dpv:SocialMediaMarketing", &["dpv:Marketing"]),
    ("dpv:TargetedAdvertising", &["dpv:PersonalisedAdvertising"]),
    ("dpv:TechnicalServiceProvision", &["dpv:ServiceProvision"]),
    ("dpv:UserInterfacePersonalisation", &["dpv:ServicePersonalisation"]),
    ("dpv:VendorManagement", &[]),
    ("dpv:VendorPayment", &["dpv:VendorManagement"]),
    ("dpv:VendorRecordsManagement", &["dpv:VendorManagement"]),
    ("dpv:VendorSelectionAssessment", &["dpv:VendorManagement"]),
    ("dpv:Verification", &["dpv:EnforceSecurity"]),
];
