export async function sabotage() {}
