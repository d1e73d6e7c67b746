// An identity provider for the tests: oidc-provider with its own pages, which let everybody in who gives a name.
import Provider from "oidc-provider";

const [port, host] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
    clients: [
        {
            client_id: "ordinance",
            client_secret: "a secret of the tests",
            redirect_uris: [`${host}/login/callback`],
            response_types: ["code"],
            grant_types: ["authorization_code"],
            token_endpoint_auth_method: "client_secret_basic",
        },
    ],
    pkce: { required: () => true },
    cookies: { keys: ["of the tests"] },
    features: { devInteractions: { enabled: true } },
});
provider.listen(Number(port), "127.0.0.1", () => console.log(issuer));
