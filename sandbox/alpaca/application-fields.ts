/** The vocabularies of an account application. Alpaca: Broker API reference, POST /v1/accounts. */

export const TAX_ID_TYPES = [
  ...['USA_SSN', 'USA_ITIN', 'USA_TIN', 'ARG_AG_CUIT', 'AUS_TFN', 'AUS_ABN', 'BOL_NIT', 'BRA_CPF', 'CHL_RUT'],
  ...['COL_NIT', 'CRI_NITE', 'DEU_TAX_ID', 'DOM_RNC', 'ECU_RUC', 'FRA_SPI', 'GBR_UTR', 'GBR_NINO', 'GTM_NIT'],
  ...['HND_RTN', 'HUN_TIN', 'IDN_KTP', 'IND_PAN', 'ISR_TAX_ID', 'ITA_TAX_ID', 'JPN_TAX_ID', 'MEX_RFC'],
  ...['NIC_RUC', 'NLD_TIN', 'PAN_RUC', 'PER_RUC', 'PRY_RUC', 'SGP_NRIC', 'SGP_FIN', 'SGP_ASGD', 'SGP_ITR'],
  ...['SLV_NIT', 'SWE_TAX_ID', 'URY_RUT', 'VEN_RIF', 'NATIONAL_ID', 'PASSPORT', 'PERMANENT_RESIDENT'],
  ...['DRIVER_LICENSE', 'OTHER_GOV_ID', 'NOT_SPECIFIED'],
] as const;

export const FUNDING_SOURCES = [
  ...['employment_income', 'investments', 'inheritance', 'business_income', 'savings', 'family'],
] as const;

export const AGREEMENTS = [
  ...['margin_agreement', 'account_agreement', 'customer_agreement', 'crypto_agreement', 'options_agreement'],
] as const;

export const EMPLOYMENT_STATUSES = ['unemployed', 'employed', 'student', 'retired'] as const;

export const ENABLED_ASSETS = ['us_equity', 'us_option', 'crypto'] as const;

export const ACCOUNT_TYPES = ['trading', 'custodial', 'donor_advised', 'ira'] as const;

export const DOCUMENT_TYPES = [
  ...['account_approval_letter', 'address_verification', 'cip_result', 'company_formation'],
  ...['date_of_birth_verification', 'entity_operating_document', 'entity_registration'],
  ...['hio_declaration_form', 'identity_verification', 'limited_trading_authorization'],
  ...['pep_declaration_form', 'tax_id_verification', 'w8ben', 'w9'],
] as const;

export const MIME_TYPES = ['application/pdf', 'image/png', 'image/jpeg'] as const;

/** Two-letter codes and names of the states and territories that a US address may carry. */
export const US_STATES: ReadonlySet<string> = new Set(
  (
    'AL Alabama,AK Alaska,AZ Arizona,AR Arkansas,CA California,CO Colorado,CT Connecticut,DE Delaware,' +
    'DC District of Columbia,FL Florida,GA Georgia,HI Hawaii,ID Idaho,IL Illinois,IN Indiana,IA Iowa,' +
    'KS Kansas,KY Kentucky,LA Louisiana,ME Maine,MD Maryland,MA Massachusetts,MI Michigan,MN Minnesota,' +
    'MS Mississippi,MO Missouri,MT Montana,NE Nebraska,NV Nevada,NH New Hampshire,NJ New Jersey,' +
    'NM New Mexico,NY New York,NC North Carolina,ND North Dakota,OH Ohio,OK Oklahoma,OR Oregon,' +
    'PA Pennsylvania,RI Rhode Island,SC South Carolina,SD South Dakota,TN Tennessee,TX Texas,UT Utah,' +
    'VT Vermont,VA Virginia,WA Washington,WV West Virginia,WI Wisconsin,WY Wyoming,AS American Samoa,' +
    'GU Guam,MP Northern Mariana Islands,PR Puerto Rico,VI Virgin Islands'
  )
    .split(',')
    .flatMap((row) => [row.slice(0, 2), row.slice(3).toUpperCase()]),
);
