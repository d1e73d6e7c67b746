//! Categories of facts: terms of the W3C Data Privacy Vocabulary (DPV).

use std::fmt;

/// The category of a fact: a term of the W3C Data Privacy Vocabulary, such as `dpv-pd:Disability`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Category(&'static str);

/// The text that says in messages what a category is.
pub const EXPECTED_CATEGORY: &str = "a category of the Data Privacy Vocabulary 2.3, such as `dpv-pd:Age` \
                                     (https://w3id.org/dpv/pd), or `dpv:NonPersonalData`";

impl Category {
    /// The category of a term; `None` if the vocabulary lacks the term. With a misspelt category for an age, no law
    /// would learn that the person is a child.
    #[must_use]
    pub fn new(term: &str) -> Option<Self> {
        Self::terms().find(|known| *known == term).map(Self)
    }

    /// The terms of all categories.
    pub fn terms() -> impl Iterator<Item = &'static str> {
        GENERAL.iter().chain(PERSONAL).copied()
    }

    /// The term, such as `dpv-pd:Disability`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// Whether a number of this category is an age in full years.
    #[must_use]
    pub fn is_age(self) -> bool {
        matches!(self.0, "dpv-pd:Age" | "dpv-pd:AgeExact")
    }

    /// Whether a date of this category is a date of birth.
    #[must_use]
    pub fn is_birth_date(self) -> bool {
        self.0 == "dpv-pd:BirthDate"
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The general categories of the Data Privacy Vocabulary 2.3, which don't name a kind of data.
const GENERAL: &[&str] =
    &["dpv:NonPersonalData", "dpv:PersonalData", "dpv:SensitivePersonalData", "dpv:SpecialCategoryPersonalData"];

/// The categories of personal data of the Data Privacy Vocabulary 2.3 (W3C Data Privacy Vocabularies and Controls
/// Community Group, <https://w3id.org/dpv/pd>, W3C Software and Document License).
#[rustfmt::skip]
const PERSONAL: &[&str] = &[
    "dpv-pd:Accent", "dpv-pd:AccountIdentifier", "dpv-pd:Acquaintance", "dpv-pd:Age", "dpv-pd:AgeExact",
    "dpv-pd:AgeRange", "dpv-pd:ApartmentOwned", "dpv-pd:Association", "dpv-pd:Attitude", "dpv-pd:Authenticating",
    "dpv-pd:AuthenticationHistory", "dpv-pd:BankAccount", "dpv-pd:Behavioural", "dpv-pd:Biometric",
    "dpv-pd:BirthCountry", "dpv-pd:BirthDate", "dpv-pd:BirthPlace", "dpv-pd:BloodType", "dpv-pd:BrowserFingerprint",
    "dpv-pd:BrowserHistory", "dpv-pd:BrowsingBehaviour", "dpv-pd:BrowsingReferral", "dpv-pd:CallLog",
    "dpv-pd:CarOwned", "dpv-pd:Character", "dpv-pd:Citizenship", "dpv-pd:City", "dpv-pd:Communication",
    "dpv-pd:CommunicationsMetadata", "dpv-pd:Connection", "dpv-pd:Contact", "dpv-pd:Country", "dpv-pd:Credit",
    "dpv-pd:CreditCapacity", "dpv-pd:CreditCardNumber", "dpv-pd:CreditRecord", "dpv-pd:CreditScore",
    "dpv-pd:CreditStanding", "dpv-pd:CreditWorthiness", "dpv-pd:Criminal", "dpv-pd:CriminalCharge",
    "dpv-pd:CriminalConviction", "dpv-pd:CriminalOffence", "dpv-pd:CriminalPardon", "dpv-pd:CurrentEmployment",
    "dpv-pd:CurrentLocation", "dpv-pd:DNACode", "dpv-pd:Demeanour", "dpv-pd:Demographic", "dpv-pd:DeviceApplications",
    "dpv-pd:DeviceBased", "dpv-pd:DeviceOperatingSystem", "dpv-pd:DeviceSoftware", "dpv-pd:Dialect",
    "dpv-pd:DigitalFingerprint", "dpv-pd:Disability", "dpv-pd:DisciplinaryAction", "dpv-pd:Dislike", "dpv-pd:Divorce",
    "dpv-pd:Domicile", "dpv-pd:DrugTestResult", "dpv-pd:Education", "dpv-pd:EducationExperience",
    "dpv-pd:EducationQualification", "dpv-pd:EducationTraining", "dpv-pd:EmailAddress", "dpv-pd:EmailAddressPersonal",
    "dpv-pd:EmailAddressWork", "dpv-pd:EmailContent", "dpv-pd:Emotion", "dpv-pd:EmploymentHistory",
    "dpv-pd:EthnicOrigin", "dpv-pd:Ethnicity", "dpv-pd:External", "dpv-pd:FacialExpression", "dpv-pd:FacialPrint",
    "dpv-pd:Family", "dpv-pd:FamilyHealthHistory", "dpv-pd:FamilyStructure", "dpv-pd:Favourite",
    "dpv-pd:FavouriteColour", "dpv-pd:FavouriteFood", "dpv-pd:FavouriteMusic", "dpv-pd:Fetish", "dpv-pd:Financial",
    "dpv-pd:FinancialAccount", "dpv-pd:FinancialAccountNumber", "dpv-pd:FinancialStatus", "dpv-pd:Fingerprint",
    "dpv-pd:Friend", "dpv-pd:GPSCoordinate", "dpv-pd:Gender", "dpv-pd:GeneralReputation", "dpv-pd:Genetic",
    "dpv-pd:Geographic", "dpv-pd:GroupMembership", "dpv-pd:GroupProfile", "dpv-pd:HairColour", "dpv-pd:Health",
    "dpv-pd:HealthHistory", "dpv-pd:HealthRecord", "dpv-pd:Height", "dpv-pd:Historical", "dpv-pd:HomeLocation",
    "dpv-pd:HouseNumber", "dpv-pd:HouseOwned", "dpv-pd:Household", "dpv-pd:IPAddress", "dpv-pd:Identifier",
    "dpv-pd:Identifying", "dpv-pd:Income", "dpv-pd:IncomeBracket", "dpv-pd:IndividualHealthHistory",
    "dpv-pd:IndividualProfile", "dpv-pd:Insurance", "dpv-pd:Intention", "dpv-pd:Interaction", "dpv-pd:Interest",
    "dpv-pd:Internal", "dpv-pd:Job", "dpv-pd:KnowledgeBelief", "dpv-pd:Language", "dpv-pd:LifeHistory", "dpv-pd:Like",
    "dpv-pd:LinkClicked", "dpv-pd:LoanRecord", "dpv-pd:Locality", "dpv-pd:Location", "dpv-pd:MACAddress",
    "dpv-pd:MaritalStatus", "dpv-pd:Marriage", "dpv-pd:MedicalHealth", "dpv-pd:MentalHealth", "dpv-pd:Mood",
    "dpv-pd:Name", "dpv-pd:Nationality", "dpv-pd:OfficialID", "dpv-pd:Offspring", "dpv-pd:Opinion",
    "dpv-pd:Ownership", "dpv-pd:PINCode", "dpv-pd:Parent", "dpv-pd:Passport", "dpv-pd:Password",
    "dpv-pd:PastEmployment", "dpv-pd:PaymentCard", "dpv-pd:PaymentCardExpiry", "dpv-pd:PaymentCardNumber",
    "dpv-pd:PerformanceAtWork", "dpv-pd:PersonalDocuments", "dpv-pd:PersonalPossession", "dpv-pd:Personality",
    "dpv-pd:PhilosophicalBelief", "dpv-pd:PhysicalAddress", "dpv-pd:PhysicalCharacteristic", "dpv-pd:PhysicalHealth",
    "dpv-pd:PhysicalTrait", "dpv-pd:Picture", "dpv-pd:Piercing", "dpv-pd:PoliticalAffiliation",
    "dpv-pd:PoliticalOpinion", "dpv-pd:PostalCode", "dpv-pd:Preference", "dpv-pd:Prescription",
    "dpv-pd:PrivacyPreference", "dpv-pd:Proclivity", "dpv-pd:Professional", "dpv-pd:ProfessionalCertification",
    "dpv-pd:ProfessionalEvaluation", "dpv-pd:ProfessionalExperience", "dpv-pd:ProfessionalInterview",
    "dpv-pd:ProfessionalTraining", "dpv-pd:Profile", "dpv-pd:PublicLife", "dpv-pd:PubliclyAvailableSocialMedia",
    "dpv-pd:Purchase", "dpv-pd:PurchasesAndSpendingHabit", "dpv-pd:Race", "dpv-pd:Reference", "dpv-pd:Region",
    "dpv-pd:Relationship", "dpv-pd:Reliability", "dpv-pd:Religion", "dpv-pd:ReligiousBelief", "dpv-pd:Residency",
    "dpv-pd:Retina", "dpv-pd:RoomNumber", "dpv-pd:Salary", "dpv-pd:Sale", "dpv-pd:School", "dpv-pd:SecretText",
    "dpv-pd:ServiceConsumptionBehaviour", "dpv-pd:Sexual", "dpv-pd:SexualHistory", "dpv-pd:SexualPreference",
    "dpv-pd:Sibling", "dpv-pd:SkinTone", "dpv-pd:Social", "dpv-pd:SocialBehaviour", "dpv-pd:SocialMedia",
    "dpv-pd:SocialMediaCommunication", "dpv-pd:SocialNetwork", "dpv-pd:SocialStatus", "dpv-pd:Street",
    "dpv-pd:TVViewingBehaviour", "dpv-pd:Tattoo", "dpv-pd:Tax", "dpv-pd:TechnicalKnowledge", "dpv-pd:TelephoneNumber",
    "dpv-pd:Thought", "dpv-pd:Tracking", "dpv-pd:TradeUnionMembership", "dpv-pd:Transaction", "dpv-pd:Transactional",
    "dpv-pd:TravelHistory", "dpv-pd:UID", "dpv-pd:UserAgent", "dpv-pd:Username", "dpv-pd:VehicalLicenseNumber",
    "dpv-pd:VehicalLicenseRegistration", "dpv-pd:Vehicle", "dpv-pd:VehicleLicense", "dpv-pd:VehicleUsage",
    "dpv-pd:VoiceCommunicationRecording", "dpv-pd:VoiceMail", "dpv-pd:Vulnerability", "dpv-pd:Weight",
    "dpv-pd:WorkEnvironment", "dpv-pd:WorkExperience", "dpv-pd:WorkHistory", "dpv-pd:WorkLocation",
];
